import { createHash } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { EnvelopeError, keyIdOf, parseEnvelope, verifyEnvelope } from "../../../contract/dsse";
import { STATEMENT_PAYLOAD_TYPE, type Statement } from "../../../contract/evidence";
import type { RecorderMessage } from "../../../contract/recorder";
import type { Build } from "../../../lambda/recorder/ports";
import { recordBuild } from "../../../lambda/recorder/record";
import { BUILD, FakeRecorder, MANIFEST } from "../../../tools/fixtures/fake-recorder";
import { loadSchemas, schemaProblems } from "../../../tools/fixtures/protos";
import { signDigest } from "../../../tools/fixtures/sign-digest";

const STATEMENT = "base/1.0.3/2/provenance.dsse.json";
const MINUTE_MS = 60_000;

async function record(fake: FakeRecorder, message: Partial<RecorderMessage> = {}) {
  const { outcome, errors } = await recordBuild(fake.aws, MANIFEST, { build: BUILD, ...message });
  if (errors.length > 0) throw errors[0];
  return outcome;
}

/** Returns the statement that was stored, after its signature was verified. */
function storedStatement(fake: FakeRecorder): Statement {
  const envelope = parseEnvelope(fake.objects.get(STATEMENT) ?? "");
  const trusted = new Map([[keyIdOf(fake.publicKey), fake.publicKey]]);
  const { payload } = verifyEnvelope(envelope, STATEMENT_PAYLOAD_TYPE, trusted);
  return JSON.parse(payload.toString());
}

function change(fake: FakeRecorder, fields: Partial<Build>): void {
  fake.builds.set(BUILD, { ...fake.builds.get(BUILD)!, ...fields });
}

const PACKAGES = `{
 "build": "${BUILD}",
 "packages": [
  {
   "name": "bash",
   "version": "5.2"
  },
  {
   "name": "openssl",
   "version": "3.0.1"
  }
 ]
}
`;
const PACKAGES_SHA = createHash("sha256").update(PACKAGES).digest("hex");

test("recordBuild stores the packages of a build, and a signed statement of where it comes from", async () => {
  const fake = new FakeRecorder();
  expect(await record(fake)).toEqual({
    kind: "recorded",
    hasPackages: true,
    hasDigests: true,
    isComplete: true,
  });
  expect([...fake.objects.keys()].sort()).toEqual([
    `base/1.0.3/2/packages-${PACKAGES_SHA}.json`,
    STATEMENT,
  ]);
  expect(fake.objects.get(`base/1.0.3/2/packages-${PACKAGES_SHA}.json`)).toBe(PACKAGES);
  const prefix = "arn:aws:imagebuilder:eu-west-1:111111111111";
  const parent = "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/2026.1.1/1";
  expect(storedStatement(fake)).toEqual({
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      { name: BUILD, digest: { imageBuilderArn: BUILD } },
      {
        name: "arn:aws:ec2:eu-west-1::image/ami-1",
        digest: { amiId: "ami-1" },
        annotations: { snapshots: ["snap-1"] },
      },
      {
        name: "arn:aws:ec2:us-east-1::image/ami-2",
        digest: { amiId: "ami-2" },
        annotations: { snapshots: ["snap-2"] },
      },
    ],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:golden-image-factory:image-builder:v1",
        externalParameters: { image: "base", recipe: `${prefix}:image-recipe/base/1.0.3` },
        internalParameters: {
          pipeline: `${prefix}:image-pipeline/base`,
          infrastructureConfiguration: `${prefix}:infrastructure-configuration/base`,
          distributionConfiguration: `${prefix}:distribution-configuration/base`,
        },
        resolvedDependencies: [
          {
            name: "recipe",
            uri: `${prefix}:image-recipe/base/1.0.3`,
            annotations: { lockFile: { parent: "86e6c8f3c62e52a0" } },
          },
          { name: "parent", uri: parent },
          {
            name: "component",
            uri: `${prefix}:component/tomcat/1.0.1/1`,
            annotations: { lockFile: { document: "ff8e25599aad36a4" } },
          },
          {
            name: "component",
            uri: "arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/1.0.2/1",
          },
        ],
      },
      runDetails: {
        builder: { id: "urn:golden-image-factory:builder:aws:eu-west-1:111111111111" },
        metadata: { invocationId: BUILD, startedOn: "2026-01-01T00:00:00.000Z" },
        byproducts: [
          {
            name: `base/1.0.3/2/packages-${PACKAGES_SHA}.json`,
            digest: { sha256: PACKAGES_SHA },
            mediaType: "application/json",
          },
        ],
      },
    },
  });
});

test("recordBuild names a golden parent and a parent AMI by immutable IDs, and leaves out what Image Builder doesn't know", async () => {
  const dependencyOf = async (fields: Partial<Build>) => {
    const fake = new FakeRecorder();
    change(fake, fields);
    await record(fake);
    return storedStatement(fake).predicate.buildDefinition.resolvedDependencies[1];
  };
  const golden = BUILD.replace("base", "os");
  expect(await dependencyOf({ parent: golden })).toEqual({
    name: "parent",
    uri: golden,
    digest: { imageBuilderArn: golden },
  });
  expect(await dependencyOf({ parent: "ami-0" })).toEqual({
    name: "parent",
    uri: "ami-0",
    digest: { amiId: "ami-0" },
  });
  expect(await dependencyOf({ parent: undefined })).toMatchObject({ name: "component" });
});

test("recordBuild gives the digests of the version lock file only to the versions that it contains", async () => {
  const fake = new FakeRecorder();
  const [tomcat = "", update = ""] = fake.builds.get(BUILD)!.components;
  change(fake, {
    recipe: fake.builds.get(BUILD)!.recipe?.replace("1.0.3", "1.0.2"),
    components: [
      tomcat.replace("1.0.1", "1.0.0"),
      tomcat.replace("111111111111", "999999999999"),
      update.replace("update-linux/1.0.2", "tomcat/1.0.1"),
      tomcat.replace("tomcat", "constructor"),
      tomcat.replace("1.0.1/1", "1.0.1/2"),
    ],
  });
  await record(fake);
  const { resolvedDependencies } = storedStatement(fake).predicate.buildDefinition;
  for (const dependency of resolvedDependencies)
    expect(dependency).not.toHaveProperty("annotations");
});

test("recordBuild records a container by its build, and by the digest of each image that Amazon ECR has", async () => {
  const fake = new FakeRecorder();
  const [uri, deleted] = ["1", "2"].map(
    (tag) => `111111111111.dkr.ecr.eu-west-1.amazonaws.com/base:${tag}`,
  ) as [string, string];
  change(fake, { amis: [], containers: [uri, deleted] });
  fake.digests.set(uri, "0".repeat(64));
  expect(await record(fake)).toMatchObject({ kind: "waiting" });
  expect(fake.objects.size).toBe(0);
  fake.time += 120 * MINUTE_MS;
  expect(await record(fake, fake.sent[0]?.message)).toMatchObject({
    kind: "recorded",
    hasPackages: true,
    hasDigests: false,
    isComplete: false,
  });
  expect(storedStatement(fake).subject).toEqual([
    {
      name: BUILD,
      digest: { imageBuilderArn: BUILD },
      annotations: { containers: [uri, deleted] },
    },
    { name: uri, digest: { sha256: "0".repeat(64) } },
  ]);
});

test("recordBuild signs nothing about a container whose digest it can't read", async () => {
  const fake = new FakeRecorder();
  change(fake, { amis: [], containers: ["uri"] });
  fake.failing.add("digest");
  await expect(record(fake)).rejects.toThrow("denied: digest");
  expect(fake.calls).not.toContain("sign");
});

test("recordBuild names deregistered AMIs without snapshots, because the build still names them", async () => {
  const fake = new FakeRecorder();
  fake.deregistered.add("ami-2");
  fake.time += 15 * 24 * 60 * MINUTE_MS;
  expect(await record(fake)).toMatchObject({ kind: "recorded" });
  expect(storedStatement(fake).subject.slice(1)).toMatchObject([
    { digest: { amiId: "ami-1" }, annotations: { snapshots: ["snap-1"] } },
    { digest: { amiId: "ami-2" }, annotations: { snapshots: [] } },
  ]);
});

test("recordBuild waits two hours for an AMI of a new build that EC2 doesn't list yet", async () => {
  const fake = new FakeRecorder();
  fake.deregistered.add("ami-2");
  const until = fake.time + 120 * MINUTE_MS;
  expect(await record(fake)).toEqual({ kind: "waiting", until });
  expect(fake.objects.size).toBe(0);
  const [again] = fake.sent;
  expect(again?.message).toEqual({ build: BUILD, waitingSince: fake.time });
  fake.time = until;
  expect(await record(fake, again?.message)).toMatchObject({ kind: "recorded", isComplete: true });
  fake.objects.clear();
  fake.time = until - 1;
  fake.deregistered.clear();
  expect(await record(fake, again?.message)).toMatchObject({ kind: "recorded" });
  expect(storedStatement(fake).subject).toHaveLength(3);
});

test("recordBuild changes nothing about a build that is recorded, and costs two calls", async () => {
  const fake = new FakeRecorder();
  await record(fake);
  const objects = new Map(fake.objects);
  fake.calls.length = 0;
  expect(await record(fake)).toEqual({ kind: "known" });
  expect(fake.calls).toEqual(["build", "exists"]);
  expect(fake.objects).toEqual(objects);
});

test("recordBuild leaves the statement of another run alone that was written in the meantime", async () => {
  const fake = new FakeRecorder();
  fake.aws.evidence.exists = async () => false;
  fake.objects.set(STATEMENT, "other");
  expect(await record(fake)).toEqual({ kind: "known" });
  expect(fake.objects.get(STATEMENT)).toBe("other");
});

test("recordBuild waits two hours for the packages, and then records the build without them", async () => {
  const fake = new FakeRecorder();
  fake.packages.clear();
  const start = fake.time;
  const until = start + 120 * MINUTE_MS;
  expect(await record(fake)).toEqual({ kind: "waiting", until });
  const again = { message: { build: BUILD, waitingSince: start }, delaySeconds: 600 };
  expect(fake.sent).toEqual([again]);
  fake.time = until - 1;
  expect(await record(fake, fake.sent[0]?.message)).toEqual({ kind: "waiting", until });
  expect(fake.sent).toEqual([again, again]);
  expect(fake.objects.size).toBe(0);
  fake.time = until;
  expect(await record(fake, fake.sent[0]?.message)).toEqual({
    kind: "recorded",
    hasPackages: false,
    hasDigests: true,
    isComplete: false,
  });
  expect(storedStatement(fake).predicate.runDetails.byproducts).toEqual([]);
});

test.each([
  ["before the build was created", Date.UTC(2025, 11, 31)],
  ["of 1970", 0],
  ["in the future", 1e300],
])(
  "recordBuild waits two hours even if a message names a time %s",
  async (_title, waitingSince) => {
    const fake = new FakeRecorder();
    fake.packages.clear();
    fake.time += 180 * MINUTE_MS;
    const until = fake.time + 120 * MINUTE_MS;
    expect(await record(fake, { waitingSince })).toEqual({ kind: "waiting", until });
    expect(fake.sent[0]?.message.waitingSince).toBe(fake.time);
    expect(fake.objects.size).toBe(0);
  },
);

test("recordBuild ends the wait for the packages of a build without a creation time", async () => {
  const fake = new FakeRecorder();
  fake.packages.clear();
  change(fake, { createdAt: undefined });
  const waitingSince = fake.time - 120 * MINUTE_MS;
  expect(await record(fake, { waitingSince })).toMatchObject({ kind: "recorded" });
});

test.each([
  ["doesn't exist", (fake: FakeRecorder) => fake.builds.delete(BUILD)],
  ["is DISTRIBUTING", (fake: FakeRecorder) => change(fake, { status: "DISTRIBUTING" })],
])(
  "recordBuild looks again for a build that %s, and records it when it has ended",
  async (reason, lag) => {
    const fake = new FakeRecorder();
    const ended = fake.builds.get(BUILD)!;
    lag(fake);
    const unready = { kind: "unready", reason: `the build ${reason}` };
    const message = { build: BUILD, channel: "stable", from: BUILD.replace("1.0.3/2", "1.0.3/1") };
    expect(await record(fake, message)).toEqual(unready);
    const again = { ...message, attempts: 1 };
    expect(fake.sent).toEqual([{ message: again, delaySeconds: 60 }]);
    fake.builds.set(BUILD, ended);
    expect(await record(fake, again)).toMatchObject({ kind: "recorded" });
  },
);

test("recordBuild ignores a build that hasn't ended after five more attempts", async () => {
  const fake = new FakeRecorder();
  change(fake, { status: "DISTRIBUTING" });
  let message: RecorderMessage = { build: BUILD };
  for (const attempts of [1, 2, 3, 4, 5]) {
    expect(await record(fake, message)).toMatchObject({ kind: "unready" });
    message = fake.sent.at(-1)!.message;
    expect(message).toEqual({ build: BUILD, attempts });
  }
  const reason = "the build is DISTRIBUTING";
  expect(await record(fake, message)).toEqual({ kind: "ignored", reason });
  expect(fake.sent).toHaveLength(5);
});

test("recordBuild doesn't sign builds that have the name of an image but aren't from its recipe", async () => {
  const own = "arn:aws:imagebuilder:eu-west-1:111111111111:image-recipe/base/1.0.3";
  for (const recipe of [
    undefined,
    own.replace("/base/", "/other/"),
    own.replace("111111111111", "999999999999"),
    own.replace("eu-west-1", "us-east-1"),
    own.replace("image-recipe", "component"),
  ]) {
    const fake = new FakeRecorder();
    change(fake, { recipe });
    expect(await record(fake)).toEqual({
      kind: "ignored",
      reason: `the build must be from a recipe of base in this account and Region, got: ${recipe ?? "no recipe"}`,
    });
    expect(fake.objects.size).toBe(0);
  }
  const fake = new FakeRecorder();
  change(fake, { recipe: own.replace("image-recipe", "container-recipe") });
  expect(await record(fake)).toMatchObject({ kind: "recorded" });
});

test("recordBuild doesn't wait for the packages of a build without enhanced metadata", async () => {
  const fake = new FakeRecorder();
  change(fake, { hasPackageList: false });
  expect(await record(fake)).toEqual({
    kind: "recorded",
    hasPackages: false,
    hasDigests: true,
    isComplete: true,
  });
  expect(fake.calls).not.toContain("packages");
});

test("recordBuild ignores builds that it can't vouch for", async () => {
  const fake = new FakeRecorder();
  const reasonFor = async (build: string) => record(fake, { build });
  const elsewhere = {
    kind: "ignored",
    reason: "the message names no build of this account and Region",
  };
  expect(await reasonFor("base")).toEqual(elsewhere);
  expect(await reasonFor(BUILD.replace("111111111111", "999999999999"))).toEqual(elsewhere);
  expect(await reasonFor(BUILD.replace("eu-west-1", "us-east-1"))).toEqual(elsewhere);
  for (const name of ["other", "constructor"])
    expect(await reasonFor(BUILD.replace("base", name))).toEqual({
      kind: "ignored",
      reason: `the image '${name}' isn't in the manifest`,
    });
  change(fake, { status: "DISABLED" });
  expect(await reasonFor(BUILD)).toEqual({ kind: "ignored", reason: "the build is DISABLED" });
  expect(fake.objects.size).toBe(0);
});

test("recordBuild stores no statement that its public key doesn't verify", async () => {
  const fake = new FakeRecorder();
  fake.signature = (digest) =>
    // An emulator that takes the digest for the message hashes it again.
    signDigest(fake.keys.privateKey, createHash("sha256").update(digest).digest());
  await expect(record(fake)).rejects.toThrow(
    new EnvelopeError("has no valid signature: the statement or its signature was changed"),
  );
  expect(fake.objects.has(STATEMENT)).toBe(false);
});

test.each(["build", "exists", "packages", "describe", "sign", "write"])(
  "recordBuild makes up for a run in which the call '%s' failed",
  async (call) => {
    const whole = new FakeRecorder();
    await record(whole);
    const fake = new FakeRecorder();
    fake.failing.add(call);
    await expect(record(fake)).rejects.toThrow(`denied: ${call}`);
    fake.failing.clear();
    await record(fake);
    expect([...fake.objects.keys()].sort()).toEqual([...whole.objects.keys()].sort());
    expect(storedStatement(fake)).toEqual(storedStatement(whole));
  },
);

describe("the published schemas of in-toto and SLSA", () => {
  const schemas = loadSchemas();
  const statementType = schemas.lookupType("in_toto_attestation.v1.Statement");
  const provenanceType = schemas.lookupType(
    "in_toto_attestation.predicates.provenance.v1.Provenance",
  );
  const problemsOf = ({ predicate, ...statement }: Statement): string[] => [
    ...schemaProblems(statementType, { ...statement, predicate }),
    ...schemaProblems(provenanceType, predicate),
  ];

  test("accept statements about images with and without packages, and about containers", async () => {
    for (const fields of [{}, { hasPackageList: false }, { amis: [], containers: ["uri"] }]) {
      const fake = new FakeRecorder();
      change(fake, fields);
      fake.digests.set("uri", "0".repeat(64));
      await record(fake);
      expect(problemsOf(storedStatement(fake))).toEqual([]);
    }
  });

  test("reject a statement with an unknown field, or with a value of another type", async () => {
    const fake = new FakeRecorder();
    await record(fake);
    const statement = storedStatement(fake);
    const changed = {
      ...statement,
      extra: 1,
      subject: [{ name: 7 }],
      predicate: {
        ...statement.predicate,
        runDetails: { ...statement.predicate.runDetails, metadata: { startedOn: "yesterday" } },
      },
    };
    expect(problemsOf(changed as never)).toEqual([
      "$.subject[0].name: must be a string",
      "$.extra: unknown field of .in_toto_attestation.v1.Statement",
      "$.runDetails.metadata.startedOn: must be a timestamp",
    ]);
  });
});

test("@sigstore/verify accepts a statement, and rejects one that was changed", async () => {
  const fake = new FakeRecorder();
  await record(fake);
  const envelope = parseEnvelope(fake.objects.get(STATEMENT) ?? "");
  const hint = keyIdOf(fake.publicKey);
  const root = {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [],
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities: [],
  };
  const rawBytes = fake.keys.publicKey.export({ format: "pem", type: "spki" });
  const keys = { [hint]: { rawBytes, keyDetails: "PKIX_ECDSA_P256_SHA_256" } };
  const verifier = new Verifier(toTrustMaterial(root as never, keys as never), {
    tlogThreshold: 0,
    ctlogThreshold: 0,
    timestampThreshold: 0,
  });
  const verify = (dsseEnvelope: unknown) =>
    verifier.verify(
      toSignedEntity(
        bundleFromJSON({
          mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
          verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
          dsseEnvelope,
        }),
      ),
    );
  expect(() => verify(envelope)).not.toThrow();
  const payload = Buffer.from(
    Buffer.from(envelope.payload, "base64").toString().replaceAll("ami-1", "ami-9"),
  ).toString("base64");
  expect(() => verify({ ...envelope, payload })).toThrow("signature verification failed");
});
