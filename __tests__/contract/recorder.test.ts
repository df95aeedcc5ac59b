import { packagesKey, statementKey } from "../../contract/evidence";
import {
  parseRecorderEnvironment,
  parseRecorderManifest,
  type RecorderEnvironment,
  recorderManifestKey,
  renderRecorderEnvironment,
} from "../../contract/recorder";

const environment: RecorderEnvironment = {
  home: { partition: "aws", accountId: "111111111111", region: "eu-west-1" },
  manifest: { bucket: "bucket", key: "recorder/1.json" },
  queueUrl: "https://queue",
  evidence: { bucket: "evidence", keyArn: "arn:key" },
  notesTopicArn: "arn:topic",
  marksAmis: true,
};

test("parseRecorderEnvironment reads what renderRecorderEnvironment renders, and names missing variables", () => {
  const variables = { ...renderRecorderEnvironment(environment), AWS_REGION: "eu-west-1" };
  expect(parseRecorderEnvironment(variables)).toEqual(environment);
  for (const name of ["QUEUE_URL", "SIGNING_KEY_ARN"])
    expect(() => parseRecorderEnvironment({ ...variables, [name]: undefined })).toThrow(
      `the environment variable ${name} must be set`,
    );
});

test("parseRecorderEnvironment reads an environment without evidence, notes and watermarks", () => {
  const { home, manifest, queueUrl } = environment;
  const variables = renderRecorderEnvironment({ home, manifest, queueUrl, marksAmis: false });
  expect(variables).toEqual({
    ACCOUNT_ID: "111111111111",
    PARTITION: "aws",
    MANIFEST_BUCKET: "bucket",
    MANIFEST_KEY: "recorder/1.json",
    QUEUE_URL: "https://queue",
  });
  expect(parseRecorderEnvironment({ ...variables, AWS_REGION: "eu-west-1" })).toEqual({
    home,
    manifest,
    queueUrl,
    marksAmis: false,
  });
});

test("parseRecorderManifest accepts only the text that its key names", () => {
  const manifest = { version: 1, images: {}, components: {} };
  const text = JSON.stringify(manifest);
  const key = recorderManifestKey(text);
  expect(key).toMatch(/^recorder\/[0-9a-f]{64}\.json$/);
  expect(parseRecorderManifest(text, key)).toEqual(manifest);
  expect(() => parseRecorderManifest(`${text} `, key)).toThrow(
    `the manifest ${key} was changed by someone other than Terraform`,
  );
});

test("the keys of evidence contain the image, version and build number", () => {
  const build = "arn:aws:imagebuilder:eu-west-1:111111111111:image/base/1.0.10/2";
  expect(statementKey(build)).toBe("base/1.0.10/2/provenance.dsse.json");
  expect(packagesKey(build, "0a")).toBe("base/1.0.10/2/packages-0a.json");
  expect(() => statementKey("base/../x")).toThrow("must be the ARN of a build, got: base/../x");
});
