import { checkComponent } from "../../../../config/documents/component/check";
import { commandUses } from "../../../../config/documents/component/commands";
import {
  literalHead,
  literalObjects,
  resolveUses,
} from "../../../../config/documents/component/resource-uses";

const ACCOUNT = "111111111111";

function documentOf(name: string, text: string) {
  const { value, problems } = checkComponent(`${name}.yaml`, text);
  if (!value) throw new Error(JSON.stringify(problems));
  return { ...value, name };
}

const FETCH = documentOf(
  "fetch",
  `schemaVersion: 1.0
parameters:
  - Bucket: { type: string, default: acme-installers }
  - Owner: { type: string }
constants:
  - Folder: { type: string, value: linux }
phases:
  - name: build
    steps:
      - name: Get
        action: S3Download
        inputs:
          - { source: "s3://{{ Bucket }}/{{Folder}}/*", destination: /tmp/, expectedBucketOwner: "{{ Owner }}" }
          - { source: "s3://acme-tools/agent.rpm", destination: /tmp/, expectedBucketOwner: 222222222222 }
      - name: Put
        action: S3Upload
        inputs: { source: "/tmp/*", destination: "s3://acme-results/builds" }
`,
);

const OUTER = documentOf(
  "outer",
  `schemaVersion: 1.0
parameters:
  - Team: { type: string }
constants:
  - Inner: { type: string, value: "arn:aws:imagebuilder:eu-west-1:111111111111:component/fetch/1.0.0/1" }
phases:
  - name: build
    steps:
      - name: Run
        action: ExecuteDocument
        inputs: { document: "{{ Inner }}", parameters: [{ name: Bucket, value: "{{ Team }}-packages" }] }
      - name: Remote
        action: ExecuteDocument
        inputs: { document: "s3://acme-documents/{{ Team }}.yaml", document-s3-bucket-owner: "333333333333" }
      - name: Foreign
        action: ExecuteDocument
        inputs: { document: "arn:aws:imagebuilder:eu-west-1:222222222222:component/fetch/1.0.0/1" }
`,
);

const DOCUMENTS = new Map([FETCH, OUTER].map((document) => [document.name, document]));

function objectsOf(document: typeof FETCH, parameters: Record<string, string>) {
  return resolveUses(document, parameters, DOCUMENTS, ACCOUNT).map((use) => [
    use.kind,
    literalObjects(use),
  ]);
}

test("resolveUses replaces parameters, their defaults and constants, and literalObjects returns the objects", () => {
  expect(objectsOf(FETCH, { Owner: "444444444444" })).toEqual([
    ["read", { bucket: "acme-installers", key: "linux/", isPrefix: true, owner: "444444444444" }],
    ["read", { bucket: "acme-tools", key: "agent.rpm", isPrefix: false, owner: "222222222222" }],
    ["write", { bucket: "acme-results", key: "builds/", isPrefix: true }],
  ]);
});

test("literalObjects returns nothing for a bucket owner that isn't known before the build", () => {
  expect(objectsOf(FETCH, { Bucket: "acme" })[0]).toEqual(["read", undefined]);
});

test("resolveUses follows ExecuteDocument into documents of the account, with the parameters that it passes", () => {
  expect(objectsOf(OUTER, { Team: "web" })).toEqual([
    ["read", { bucket: "acme-documents", key: "web.yaml", isPrefix: false, owner: "333333333333" }],
    ["read", undefined],
    ["read", { bucket: "acme-tools", key: "agent.rpm", isPrefix: false, owner: "222222222222" }],
    ["write", { bucket: "acme-results", key: "builds/", isPrefix: true }],
  ]);
  const [, nested] = resolveUses(OUTER, { Team: "web" }, DOCUMENTS, ACCOUNT);
  expect(nested?.target).toBe("s3://web-packages/linux/*");
});

test("resolveUses ends for documents that run each other", () => {
  const loop = documentOf(
    "loop",
    `schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: Get
        action: S3Download
        inputs: { source: s3://acme-tools/a, destination: /tmp/ }
      - name: Again
        action: ExecuteDocument
        inputs: { document: "arn:aws:imagebuilder:eu-west-1:111111111111:component/loop/1.0.0/1" }
`,
  );
  const uses = resolveUses(loop, {}, new Map([["loop", loop]]), ACCOUNT);
  expect(uses.map(({ target }) => target)).toEqual(Array(4).fill("s3://acme-tools/a"));
});

test.each([
  ["s3://acme-tools/linux/*", { bucket: "acme-tools", key: "linux/", isPrefix: true }],
  ["s3://acme-tools/*", { bucket: "acme-tools", key: "", isPrefix: true }],
  ["s3://acme-tools/agent*", { bucket: "acme-tools", key: "agent", isPrefix: true }],
  ["s3://acme-tools/a b.rpm", { bucket: "acme-tools", key: "a b.rpm", isPrefix: false }],
  ["s3://acme-tools/*/agent.rpm", undefined],
  ["s3://acme-tools/agent?.rpm", undefined],
  ["s3://acme-tools/${" + "HOME}", undefined],
  ["s3://arn:aws:s3:eu-west-1:111111111111:accesspoint/tools/x", undefined],
  ["https://acme-tools.s3.amazonaws.com/agent.rpm", undefined],
])("literalObjects: the source %s", (target, expected) => {
  const use = { kind: "read", target, isInput: true, location: "" } as const;
  expect(literalObjects(use)).toEqual(expected);
});

test.each([
  ["s3://acme-results", false, { bucket: "acme-results", key: "", isPrefix: true }],
  ["s3://acme-results/builds/", false, { bucket: "acme-results", key: "builds/", isPrefix: true }],
  ["s3://acme-results/log.txt", false, { bucket: "acme-results", key: "log.txt", isPrefix: false }],
  ["s3://acme-results/builds", true, { bucket: "acme-results", key: "builds/", isPrefix: true }],
  ["s3://acme-results/*", false, undefined],
])("literalObjects: the destination %s, folder: %s", (target, isFolder, expected) => {
  const use = { kind: "write", target, isFolder, isInput: true, location: "" } as const;
  expect(literalObjects(use)).toEqual(expected);
});

test.each([
  ["s3://acme/a/{{ each.value }}/b", { bucket: "acme", key: "a/", isWhole: false }],
  ["s3://acme/a", { bucket: "acme", key: "a", isWhole: true }],
  ["s3://acme", { bucket: "acme", key: "", isWhole: true }],
  ["s3://acme-$STAGE/a", { bucket: "", key: "", isWhole: false }],
  ["{{ build.A.outputs.stdout }}", { bucket: "", key: "", isWhole: false }],
])("literalHead of %s", (target, expected) => {
  expect(literalHead(target)).toEqual(expected);
});

const read = (target: string, isFolder = false) => ({ kind: "read", target, isFolder });
const write = (target: string, isFolder = false) => ({ kind: "write", target, isFolder });
const secret = (target: string) => ({ kind: "secret", target, isFolder: false });

test.each([
  ["aws s3 cp s3://acme/a.rpm /tmp/", [read("s3://acme/a.rpm")]],
  ["aws s3 cp /tmp/a s3://acme/a", [write("s3://acme/a")]],
  ["aws s3 cp s3://acme/a s3://other/b", [read("s3://acme/a"), write("s3://other/b")]],
  ["aws s3 sync 's3://acme/tools' .", [read("s3://acme/tools", true)]],
  ["aws s3 cp s3://acme/tools ./ --recursive", [read("s3://acme/tools", true)]],
  ["aws s3 ls s3://acme/", [read("s3://acme/", true)]],
  ["aws s3 mv $FILE s3://acme/done/", [write("s3://acme/done/")]],
  ["/usr/local/bin/aws --region eu-west-1 s3 cp s3://acme/a .", [read("s3://acme/a")]],
  ["aws s3 cp \\\n  s3://acme/a \\\n  /tmp", [read("s3://acme/a")]],
  ["aws s3 cp `\n  s3://acme/a C:\\temp", [read("s3://acme/a")]],
  ["x=$(aws s3 cp s3://acme/a -)", [read("s3://acme/a")]],
  ["aws s3 cp s3://acme/{{ each.value }} /tmp", [read("s3://acme/{{ each.value }}")]],
  [
    "true && aws s3 cp s3://acme/a . ; aws s3 cp s3://acme/b .",
    [read("s3://acme/a"), read("s3://acme/b")],
  ],
  ["aws s3 cp s3://acme/a . --no-sign-request", []],
  ["# aws s3 cp s3://acme/a .", []],
  ["aws s3 rb s3://acme", []],
  ["echo s3://acme/a", []],
  ["aws secretsmanager get-secret-value --secret-id token", [secret("token")]],
  [
    'aws secretsmanager get-secret-value --secret-id="agents/token" --query x',
    [secret("agents/token")],
  ],
  ["aws secretsmanager list-secrets", []],
])("commandUses of %j", (command, expected) => {
  expect(commandUses(command)).toEqual(expected);
});
