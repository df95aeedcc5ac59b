import { problemsOf, type Raw } from "../../../tools/fixtures/factory-file";

/** A document with one step, or with one command. */
function documents(step: string): Record<string, string> {
  return {
    "agent.yaml": `schemaVersion: 1.0
parameters:
  - Path: { type: string }
phases:
  - name: build
    steps:
      - name: Use
        action: ExecuteBash
        inputs: { commands: ["{{ Path }}"] }
      - { name: Get, ${step} }
`,
  };
}

function command(text: string): string {
  return `action: ExecuteBash, inputs: { commands: ['${text}'] }`;
}

function download(source: string): string {
  return `action: S3Download, loop: { name: each, forEach: [one] }, inputs: [{ source: "${source}", destination: /tmp/ }]`;
}

test.each<[string, Raw, string]>([
  ["a literal source", {}, download("s3://acme-tools/linux/*")],
  ["a source without a wildcard that ends with a slash", {}, download("s3://acme-tools/linux/")],
  [
    "a source in a granted bucket that isn't literal",
    { read: ["acme-tools"] },
    download("s3://acme-tools/{{ each.value }}"),
  ],
  [
    "a source under a granted prefix that isn't literal",
    { read: ["acme-tools/linux/"] },
    download("s3://acme-tools/linux/x-{{ each.value }}"),
  ],
  [
    "a bucket that isn't literal, which may be one that is granted",
    { read: ["acme-tools"] },
    download("s3://{{ each.value }}/x"),
  ],
  [
    "anything, if policies are attached that may allow it",
    { policies: ["arn:aws:iam::111111111111:policy/read-tools"] },
    download("s3://{{ each.value }}/x"),
  ],
  ["a public bucket of AWS", {}, command("aws s3 cp s3://amazon-ssm-eu-west-1/latest/x .")],
  ["a bucket that AWS's policy allows", {}, command("aws s3 cp s3://ec2imagebuilder-x/y .")],
  [
    "a folder that is granted with a slash",
    { read: ["acme-tools/linux/"] },
    command("aws s3 sync s3://acme-tools/linux /opt"),
  ],
  ["a command that names a bucket in a variable", {}, command("aws s3 cp s3://$BUCKET/x .")],
  [
    "a secret that is granted by ARN",
    { secrets: ["arn:aws:secretsmanager:eu-west-1:222222222222:secret:agents/token-AbCdEf"] },
    command("aws secretsmanager get-secret-value --secret-id agents/token"),
  ],
  [
    "a secret in a variable",
    {},
    command("aws secretsmanager get-secret-value --secret-id $SECRET"),
  ],
])("validateFactory reports nothing for %s", (_what, buildAccess, step) => {
  const mutate = (file: Raw) => {
    file.images.base.buildAccess = buildAccess;
  };
  expect(problemsOf(mutate, documents(step))).toEqual([]);
});
