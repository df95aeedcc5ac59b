import {
  parseEnvironment,
  renderEnvironment,
  type UpdaterEnvironment,
} from "../../contract/updater-environment";

const ENVIRONMENT: UpdaterEnvironment = {
  home: { partition: "aws", accountId: "111111111111", region: "eu-west-1" },
  manifest: { bucket: "components", key: "channels/1.json" },
  queueUrl: "https://sqs.eu-west-1.amazonaws.com/111111111111/updater",
};
const VARIABLES = { ...renderEnvironment(ENVIRONMENT), AWS_REGION: "eu-west-1" };

test("parseEnvironment reads what renderEnvironment writes, and Lambda's Region", () => {
  expect(parseEnvironment(VARIABLES)).toEqual(ENVIRONMENT);
});

test("parseEnvironment reads the recorder's queue only if builds are recorded", () => {
  const environment = { ...ENVIRONMENT, recorderQueueUrl: "https://recorder" };
  const variables = renderEnvironment(environment);
  expect(variables).toEqual({
    ...renderEnvironment(ENVIRONMENT),
    RECORDER_QUEUE_URL: "https://recorder",
  });
  expect(parseEnvironment({ ...variables, AWS_REGION: "eu-west-1" })).toEqual(environment);
});

test.each([
  "ACCOUNT_ID",
  "PARTITION",
  "AWS_REGION",
  "MANIFEST_BUCKET",
  "MANIFEST_KEY",
  "QUEUE_URL",
])("parseEnvironment rejects an environment without %s", (name) => {
  expect(() => parseEnvironment({ ...VARIABLES, [name]: undefined })).toThrow(
    new Error(`the environment variable ${name} must be set`),
  );
});
