import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { keys } from "../../../cli/trust/keys";
import { record } from "../../../cli/trust/record";
import { verify } from "../../../cli/trust/verify";
import { renderTrustedKeys, type TrustedKey } from "../../../config/trusted-keys";
import { keyIdOf, renderEnvelope, signedDigest } from "../../../contract/dsse";
import { recordBuild } from "../../../lambda/recorder/record";
import { BUILD, FakeRecorder, MANIFEST } from "../../../tools/fixtures/fake-recorder";
import { signDigest } from "../../../tools/fixtures/sign-digest";
import { MockedAccount } from "./mocked-account";

const BUCKET = "golden-image-factory-evidence-111111111111-eu-west-1";
const STATEMENT = "base/1.0.3/2/provenance.dsse.json";
const TYPE = "application/vnd.in-toto+json";

function awsError(name: string): Error {
  return Object.assign(new Error("from AWS"), { name, $fault: "client" });
}

let account: MockedAccount;
let recorder: FakeRecorder;
beforeEach(() => {
  account = new MockedAccount();
  recorder = new FakeRecorder();
  account.setBuilds({ "1.0.3/2": ["ami-1"] });
});
afterEach(() => account.stop());

function trustedKey(of = recorder): TrustedKey {
  const { publicKey } = of;
  return { accountId: "111111111111", region: "eu-west-1", keyid: keyIdOf(publicKey), publicKey };
}

/** Records the build, and trusts the key that signed it. */
async function recordAndTrust(): Promise<void> {
  await recordBuild(recorder.aws, MANIFEST, { build: BUILD });
  publish();
  account.writeKeys(renderTrustedKeys([trustedKey()]));
}

/** Copies the recorder's objects to the evidence bucket. */
function publish(): void {
  for (const [key, text] of recorder.objects) account.objects.set(`${BUCKET}/${key}`, text);
}

function verifyBuild(offline?: string) {
  const options = { image: "base", build: "1.0.3/2", keysFile: account.keysFile, offline };
  return verify(account.contexts(), options);
}

/** Replaces the statement by one that the recorder's key signed. */
function forge(change: (text: string) => string): void {
  const envelope = JSON.parse(recorder.objects.get(STATEMENT) ?? "");
  const payload = Buffer.from(change(Buffer.from(envelope.payload, "base64").toString()));
  const signature = signDigest(recorder.keys.privateKey, signedDigest(TYPE, payload));
  const forged = renderEnvelope(TYPE, payload, { keyid: trustedKey().keyid, signature });
  account.objects.set(`${BUCKET}/${STATEMENT}`, JSON.stringify(forged));
}

describe("factory verify", () => {
  test("prints where a build comes from, and exits with 0", async () => {
    await recordAndTrust();
    const { text, data, exitCode } = await verifyBuild();
    const prefix = "arn:aws:imagebuilder:eu-west-1";
    expect(text).toBe(`base 1.0.3/2 in eu-west-1: valid
  signed by ${trustedKey().keyid}
  recipe: ${prefix}:111111111111:image-recipe/base/1.0.3
  pipeline: ${prefix}:111111111111:image-pipeline/base
  parent: ${prefix}:aws:image/amazon-linux-2023-x86/2026.1.1/1
  components: ${prefix}:111111111111:component/tomcat/1.0.1/1 ${prefix}:aws:component/update-linux/1.0.2/1
  packages: 2
  AMIs or containers: ami-1`);
    expect(exitCode).toBe(0);
    expect(data).toMatchObject({
      regions: [
        {
          region: "eu-west-1",
          kind: "valid",
          keyid: trustedKey().keyid,
          packages: 2,
          statement: { predicateType: "https://slsa.dev/provenance/v1" },
        },
      ],
      problems: [],
    });
  });

  test("needs no AWS with --offline, and says that AMIs aren't compared", async () => {
    await recordAndTrust();
    const folder = mkdtempSync(join(tmpdir(), "evidence-"));
    try {
      for (const [key, text] of recorder.objects) {
        mkdirSync(dirname(join(folder, key)), { recursive: true });
        writeFileSync(join(folder, key), text);
      }
      const { text, exitCode } = await verifyBuild(folder);
      expect(text?.split("\n").slice(-2)).toEqual([
        "  packages: 2",
        "  AMIs or containers: ami-1 ami-2, not compared with AWS",
      ]);
      expect(exitCode).toBe(0);
      expect(account.s3.calls()).toEqual([]);
      expect(account.imageBuilder.calls()).toEqual([]);

      rmSync(join(folder, STATEMENT));
      expect(await verifyBuild(folder)).toMatchObject({
        text: `base 1.0.3/2 in eu-west-1: missing
  ${folder} contains no statement about it`,
        exitCode: 2,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("exits with 2 if there is no statement, and names the command that records the build", async () => {
    account.writeKeys(renderTrustedKeys([trustedKey()]));
    expect(await verifyBuild()).toEqual({
      text: `base 1.0.3/2 in eu-west-1: missing
  to record it: \`npx --no factory record base 1.0.3/2\``,
      data: { regions: [{ region: "eu-west-1", kind: "missing" }], problems: [] },
      exitCode: 2,
    });
  });

  const OTHER = BUILD.replace("1.0.3/2", "1.0.3/1");

  test.each([
    [
      "was changed",
      () => {
        const text = account.objects.get(`${BUCKET}/${STATEMENT}`) ?? "";
        const envelope = JSON.parse(text);
        const payload = Buffer.from(envelope.payload, "base64")
          .toString()
          .replace("1.0.1", "1.0.0");
        envelope.payload = Buffer.from(payload).toString("base64");
        account.objects.set(`${BUCKET}/${STATEMENT}`, JSON.stringify(envelope));
      },
      "has no valid signature: the statement or its signature was changed",
    ],
    [
      "isn't an envelope",
      () => account.objects.set(`${BUCKET}/${STATEMENT}`, "{}"),
      "isn't an envelope with a payload, its type and signatures in Base64",
    ],
    [
      "is about another build",
      () => forge((text) => text.replaceAll("1.0.3/2", "1.0.3/1")),
      `subject: must be ${BUILD}, got: "${OTHER}"`,
    ],
    [
      "is about another build in its metadata",
      () => forge((text) => text.replace(`"invocationId":"${BUILD}"`, `"invocationId":"${OTHER}"`)),
      `invocationId: must be ${BUILD}, got: "${OTHER}"`,
    ],
    [
      "is from another builder",
      () => forge((text) => text.replace("builder:aws:eu-west-1", "builder:aws:us-east-1")),
      'builder.id: must be urn:golden-image-factory:builder:aws:eu-west-1:111111111111, got: "urn:golden-image-factory:builder:aws:us-east-1:111111111111"',
    ],
    [
      "has another type",
      () => forge((text) => text.replace("https://slsa.dev/provenance/v1", "https://x")),
      'predicateType: must be https://slsa.dev/provenance/v1, got: "https://x"',
    ],
    [
      "describes another kind of build",
      () => forge((text) => text.replace("image-builder:v1", "image-builder:v2")),
      'buildType: must be urn:golden-image-factory:image-builder:v1, got: "urn:golden-image-factory:image-builder:v2"',
    ],
    ["is signed, but isn't JSON", () => forge(() => "x"), "has a payload that isn't JSON"],
    [
      "is signed, but is null",
      () => forge(() => "null"),
      "isn't in-toto provenance: Invalid input: expected object, received null",
    ],
    [
      "is signed, but lacks a subject",
      () => forge((text) => JSON.stringify({ ...JSON.parse(text), subject: undefined })),
      "isn't in-toto provenance: subject: Invalid input: expected array, received undefined",
    ],
    [
      "names a package list without a hash",
      () => forge((text) => text.replace(/"sha256":"[0-9a-f]{64}"/, '"sha256":"../../x"')),
      "names a package list without a SHA-256",
    ],
    [
      "is larger than 10 MB",
      () =>
        account.objects.set(`${BUCKET}/${STATEMENT}`, JSON.stringify({ payload: "A".repeat(1e7) })),
      "must have at most 10000000 characters, got: 10000014",
    ],
    [
      "names no recipe",
      () => forge((text) => text.replace(/"recipe":"[^"]*"/, '"recipe":""')),
      'recipe: must be a recipe of base in the account and Region of the build, got: ""',
    ],
    [
      "names a recipe of another image",
      () => forge((text) => text.replace(/"recipe":"([^"]*)base\//, '"recipe":"$1other/')),
      'recipe: must be a recipe of base in the account and Region of the build, got: "arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/other/1.0.3"',
    ],
    [
      "lacks an AMI of the build",
      () => account.setBuilds({ "1.0.3/2": ["ami-1", "ami-9"] }),
      "isn't about ami-9, which the build has now",
    ],
  ])("exits with 2 if the statement %s", async (_title, change, reason) => {
    await recordAndTrust();
    change();
    expect(await verifyBuild()).toEqual({
      text: `base 1.0.3/2 in eu-west-1: invalid\n  the statement ${reason}`,
      data: { regions: [{ region: "eu-west-1", kind: "invalid", reason }], problems: [] },
      exitCode: 2,
    });
  });

  test("exits with 2 if the package list is missing or was changed", async () => {
    await recordAndTrust();
    const key = [...recorder.objects.keys()].find((one) => one.includes("packages-")) ?? "";
    account.objects.set(`${BUCKET}/${key}`, '{"packages":[]}');
    const lineOf = async () => (await verifyBuild()).text?.split("\n")[1];
    expect(await lineOf()).toBe(`  the statement names the package list ${key}, which was changed`);
    account.objects.delete(`${BUCKET}/${key}`);
    expect(await lineOf()).toBe(`  the statement names the package list ${key}, which is missing`);
  });

  test("trusts only the keys of the build's account and Region", async () => {
    await recordAndTrust();
    for (const key of [
      trustedKey(new FakeRecorder()),
      { ...trustedKey(), region: "us-east-1" },
      { ...trustedKey(), accountId: "999999999999" },
    ]) {
      account.writeKeys(renderTrustedKeys([key]));
      expect(await verifyBuild()).toMatchObject({
        text: `base 1.0.3/2 in eu-west-1: invalid
  the statement is signed by a key that isn't trusted: ${trustedKey().keyid}`,
        exitCode: 2,
      });
    }
  });

  test("verifies a build with a key of an earlier deployment", async () => {
    await recordAndTrust();
    account.writeKeys(renderTrustedKeys([trustedKey(new FakeRecorder()), trustedKey()]));
    expect((await verifyBuild()).exitCode).toBe(0);
  });

  test("can't look without trusted keys, with a damaged file, without the build, or without permission", async () => {
    await expect(verifyBuild()).rejects.toThrow(
      `${account.keysFile} trusts no key: create it with \`npx --no factory keys\` and credentials of the shared account, and commit it`,
    );
    account.writeKeys("{");
    await expect(verifyBuild()).rejects.toThrow(`${account.keysFile} isn't JSON: `);
    account.writeKeys('{"keys":{"1":{"account":"1","region":"eu-west-1","publicKey":"AAAA"}}}');
    await expect(verifyBuild()).rejects.toThrow(
      "keys.1.account: must be an account ID of 12 digits",
    );
    const { keyid, publicKey } = trustedKey();
    account.writeKeys(renderTrustedKeys([{ ...trustedKey(), keyid: "1" }]));
    await expect(verifyBuild()).rejects.toThrow(
      `${account.keysFile}: keys.1: must be the SHA-256 of its publicKey, ${keyid}: restore the file with \`git checkout -- ${account.keysFile}\``,
    );
    expect(keyIdOf(publicKey)).toBe(keyid);
    account.writeKeys(renderTrustedKeys([trustedKey()]));
    account.setBuilds({});
    await expect(verifyBuild()).rejects.toThrow("BUILD: base has no build 1.0.3/2 in eu-west-1");
    account.setBuilds({ "1.0.3/2": ["ami-1"] });
    account.s3.on(GetObjectCommand).rejects(awsError("AccessDenied"));
    await expect(verifyBuild()).rejects.toThrow("from AWS");
  });

  test("reads no other file than the build's package list", async () => {
    await recordAndTrust();
    const key = [...recorder.objects.keys()].find((one) => one.includes("packages-")) ?? "";
    forge((text) => text.replace(key, "../../etc/passwd"));
    expect((await verifyBuild()).text?.split("\n")[1]).toBe(
      `  the statement byproducts: must be ${key}, got: "../../etc/passwd"`,
    );
  });

  test("verifies a build whose copy was deregistered before it was recorded", async () => {
    recorder.deregistered.add("ami-2");
    // A copy of a new build could still appear.
    recorder.time += 15 * 24 * 3_600_000;
    account.setBuilds({ "1.0.3/2": ["ami-1", "ami-2"] });
    await recordAndTrust();
    expect((await verifyBuild()).exitCode).toBe(0);
  });

  test("prints that a build was started without a pipeline", async () => {
    recorder.builds.set(BUILD, { ...recorder.builds.get(BUILD)!, pipeline: undefined });
    await recordAndTrust();
    expect((await verifyBuild()).text?.split("\n")[3]).toBe(
      "  pipeline: none: the build was started without one",
    );
  });

  const uri = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/base:1";
  const [digest, other] = ["a".repeat(64), "b".repeat(64)] as const;

  /** Records a build of a container. @param sha256 - of its image, if Amazon ECR has it */
  async function recordContainer(sha256?: string): Promise<void> {
    const recipe = "arn:aws:imagebuilder:eu-west-1:111111111111:container-recipe/base/1.0.3";
    const build = { ...recorder.builds.get(BUILD)!, recipe, amis: [], containers: [uri] };
    recorder.builds.set(BUILD, build);
    if (sha256 !== undefined) recorder.digests.set(uri, sha256);
    await recordAndTrust();
    // Without a digest, the recorder looks again for two hours.
    recorder.time += 2 * 3_600_000;
    for (const { message } of recorder.sent) await recordBuild(recorder.aws, MANIFEST, message);
    publish();
    account.setContainers("1.0.3/2", [uri]);
  }

  const contentOf = async (): Promise<(string | undefined)[]> => {
    const { text } = await verifyBuild();
    return [text?.split("\n")[0], text?.split("\n").at(-1)];
  };
  const VALID = "base 1.0.3/2 in eu-west-1: valid";
  const INVALID = "base 1.0.3/2 in eu-west-1: invalid";

  test("compares the content of containers with Amazon ECR, and prints it", async () => {
    await recordContainer(digest);
    account.setDigests({ 1: digest });
    expect((await verifyBuild()).exitCode).toBe(0);
    expect(await contentOf()).toEqual([VALID, `  content of the containers: sha256:${digest}`]);
    // Consumers can't use a deleted image.
    account.setDigests({});
    expect(await contentOf()).toEqual([VALID, `  content of the containers: sha256:${digest}`]);

    account.setDigests({ 1: other });
    expect((await verifyBuild()).exitCode).toBe(2);
    expect(await contentOf()).toEqual([
      INVALID,
      `  the statement is about ${uri} with the content sha256:${digest}, but Amazon ECR has sha256:${other}`,
    ]);
    account.ecr.rejects(awsError("AccessDeniedException"));
    await expect(verifyBuild()).rejects.toThrow("from AWS");
  });

  test("rejects an image that was pushed after the build was recorded", async () => {
    await recordContainer();
    account.setDigests({});
    expect(await contentOf()).toEqual([
      VALID,
      "  content of the containers: deleted before the build was recorded",
    ]);
    account.setDigests({ 1: digest });
    expect(await contentOf()).toEqual([
      INVALID,
      `  the statement names no content of ${uri}, but Amazon ECR has sha256:${digest}`,
    ]);
  });

  test("exits with 2 if a build has a container image that the statement doesn't name", async () => {
    await recordContainer(digest);
    account.setContainers("1.0.3/2", [uri, `${uri}2`]);
    expect(await verifyBuild()).toMatchObject({
      text: `base 1.0.3/2 in eu-west-1: invalid
  the statement isn't about ${uri}2, which the build has now`,
      exitCode: 2,
    });
  });

  test("rejects --offline without a folder, instead of reporting that evidence is missing", async () => {
    account.writeKeys(renderTrustedKeys([trustedKey()]));
    for (const offline of ["", "/does/not/exist", account.keysFile])
      await expect(verifyBuild(offline)).rejects.toThrow(
        `--offline: must be a folder with a copy of the evidence bucket, got: ${JSON.stringify(offline)}`,
      );
  });

  test.each([
    ["ed25519", generateKeyPairSync("ed25519").publicKey],
    ["P-384", generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey],
  ])("rejects a trusted key of another kind: %s", async (_kind, key) => {
    const publicKey = key.export({ format: "der", type: "spki" });
    const keyid = keyIdOf(publicKey);
    account.writeKeys(renderTrustedKeys([{ ...trustedKey(), keyid, publicKey }]));
    await expect(verifyBuild()).rejects.toThrow(
      `${account.keysFile}: keys.${keyid}: must be an ECDSA key on P-256: restore the file with \`git checkout -- ${account.keysFile}\``,
    );
  });

  test("rejects --offline for several Regions, and a build without a number", async () => {
    account.writeKeys(renderTrustedKeys([trustedKey()]));
    const options = { image: "base", build: "1.0.3", keysFile: account.keysFile, offline: "." };
    await expect(verify(account.contexts("eu-west-1", "us-east-1"), options)).rejects.toThrow(
      "--region: must be set once together with --offline, because each Region has other builds: eu-west-1, us-east-1",
    );
    await expect(verify(account.contexts(), options)).rejects.toThrow(
      "BUILD: must be a version and a build number such as 1.0.3/2, got: 1.0.3",
    );
  });
});

describe("factory keys", () => {
  test("adds the keys of all Regions to the file, and keeps earlier ones", async () => {
    const earlier = trustedKey(new FakeRecorder());
    account.writeKeys(renderTrustedKeys([earlier]));
    account.kms.on(GetPublicKeyCommand).resolves({ PublicKey: recorder.publicKey });
    const options = { file: account.keysFile, check: false };
    const { keyid, publicKey } = trustedKey();
    expect(await keys(account.contexts(), options)).toEqual({
      text: `Region     key ID${" ".repeat(60)}state
eu-west-1  ${earlier.keyid}  earlier
eu-west-1  ${keyid}  new

${account.keysFile} trusts the new keys. If you expect them, commit the file: \`npx --no factory verify\` trusts only these keys`,
      data: {
        keys: [
          expect.objectContaining({ keyid: earlier.keyid, state: "earlier" }),
          {
            region: "eu-west-1",
            account: "111111111111",
            keyid,
            publicKey: publicKey.toString("base64"),
            state: "new",
          },
        ],
        problems: [],
      },
      exitCode: 0,
    });
    expect(account.kms.commandCalls(GetPublicKeyCommand)[0]?.args[0].input).toEqual({
      KeyId: "alias/golden-image-factory/evidence",
    });
    expect(account.readKeys()).toBe(renderTrustedKeys([trustedKey(), earlier]));
    const again = await keys(account.contexts(), options);
    expect(again.text).toContain(`${keyid}  current`);
    expect(again.text).not.toContain("new");
  });

  test("--check exits with 2 if the file lacks a key, and changes nothing", async () => {
    account.kms.on(GetPublicKeyCommand).resolves({ PublicKey: recorder.publicKey });
    const options = { file: account.keysFile, check: true };
    const { text, exitCode } = await keys(account.contexts(), options);
    expect(text?.split("\n").at(-1)).toBe(
      `${account.keysFile} lacks a key that signs evidence now. To add it: \`npx --no factory keys\``,
    );
    expect(exitCode).toBe(2);
    expect(() => account.readKeys()).toThrow("ENOENT");
    account.writeKeys(renderTrustedKeys([trustedKey()]));
    expect((await keys(account.contexts(), options)).exitCode).toBe(0);
  });

  test("names a Region in which no key signs", async () => {
    account.kms.on(GetPublicKeyCommand).rejects(awsError("NotFoundException"));
    await expect(
      keys(account.contexts(), { file: account.keysFile, check: false }),
    ).rejects.toThrow(
      "no key signs evidence in eu-west-1: alias/golden-image-factory/evidence doesn't exist",
    );
  });
});

describe("factory record", () => {
  const recordNow = () => record(account.contexts(), { image: "base", build: "1.0.3/2" });
  const answer = (result: object) =>
    account.lambda.on(InvokeCommand).resolves({
      Payload: Buffer.from(JSON.stringify([{ build: BUILD, ...result }])) as never,
    });

  test.each([
    ["is recorded", 0, { kind: "recorded", hasPackages: true, hasDigests: true, isComplete: true }],
    [
      "is recorded, without packages",
      0,
      { kind: "recorded", hasPackages: false, hasDigests: true, isComplete: false },
    ],
    [
      "is recorded, without the digest of each container image",
      0,
      { kind: "recorded", hasPackages: true, hasDigests: false, isComplete: false },
    ],
    [
      "is recorded, without packages and the digest of each container image",
      0,
      { kind: "recorded", hasPackages: false, hasDigests: false, isComplete: false },
    ],
    ["was recorded already", 0, { kind: "known" }],
    ["has no evidence: sharedAccount.evidence is off", 0, { kind: "none" }],
    [
      "waits for its packages or images until 1970-01-01T00:00:00.000Z: the recorder looks again every 10 minutes",
      0,
      { kind: "waiting", until: 0 },
    ],
    [
      "can't be recorded: the build is DISABLED",
      1,
      { kind: "ignored", reason: "the build is DISABLED" },
    ],
    [
      "can't be recorded yet: the build is DISTRIBUTING. The recorder looks again every minute, 5 times",
      1,
      { kind: "unready", reason: "the build is DISTRIBUTING" },
    ],
  ])("prints that a build %s, and exits with %d", async (text, exitCode, outcome) => {
    answer({ outcome });
    expect(await recordNow()).toEqual({
      text: `base 1.0.3/2 in eu-west-1 ${text}`,
      data: { builds: [{ region: "eu-west-1", build: BUILD, outcome }], problems: [] },
      exitCode,
    });
    const { FunctionName, Payload } = account.lambda.commandCalls(InvokeCommand)[0]!.args[0].input;
    expect([FunctionName, Buffer.from(Payload as Uint8Array).toString()]).toEqual([
      "golden-image-factory-recorder",
      `{"build":"${BUILD}"}`,
    ]);
  });

  test("prints each AMI that isn't marked, and exits with 1", async () => {
    const unmarked = [
      { region: "eu-west-1", id: "ami-1", reason: "the AMI has 5 watermarks of others" },
      { region: "us-east-1", id: "ami-2", reason: "Request limit exceeded", until: 0 },
    ];
    answer({ outcome: { kind: "known" }, unmarked });
    expect(await recordNow()).toEqual({
      text: [
        "base 1.0.3/2 in eu-west-1 was recorded already",
        "base 1.0.3/2 in eu-west-1 has no watermark on ami-1 in eu-west-1: the AMI has 5 watermarks of others",
        "base 1.0.3/2 in eu-west-1 has no watermark on ami-2 in us-east-1: Request limit exceeded. The recorder tries again every 10 minutes until 1970-01-01T00:00:00.000Z",
      ].join("\n"),
      data: {
        builds: [{ region: "eu-west-1", build: BUILD, outcome: { kind: "known" }, unmarked }],
        problems: [],
      },
      exitCode: 1,
    });
  });

  test.each([
    ["has its watermarks", { unmarked: [] }],
    ["failed, and the message about it was sent", { note: { kind: "published" } }],
    ["failed, and the message about it was sent before", { note: { kind: "known" } }],
  ])("prints that a build %s where there is no evidence", async (text, more) => {
    answer({ outcome: { kind: "none" }, ...more });
    expect(await recordNow()).toMatchObject({
      text: `base 1.0.3/2 in eu-west-1 ${text}`,
      exitCode: 0,
    });
  });

  test("fails if the recorder fails, returns nothing, or isn't deployed", async () => {
    account.lambda.on(InvokeCommand).resolves({
      FunctionError: "Unhandled",
      Payload: Buffer.from('{"errorMessage":"denied"}') as never,
    });
    await expect(recordNow()).rejects.toThrow("the recorder failed: denied");
    account.lambda
      .on(InvokeCommand)
      .resolves({ FunctionError: "Unhandled", Payload: Buffer.from("") as never });
    await expect(recordNow()).rejects.toThrow("the recorder failed: Unhandled");
    account.lambda.on(InvokeCommand).resolves({ Payload: Buffer.from("[]") as never });
    await expect(recordNow()).rejects.toThrow("the recorder returned nothing");
    account.lambda.on(InvokeCommand).rejects(awsError("ResourceNotFoundException"));
    await expect(recordNow()).rejects.toThrow("the recorder isn't deployed in eu-west-1");
  });
});
