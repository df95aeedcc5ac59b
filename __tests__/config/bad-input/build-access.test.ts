import { testBadInput } from "../../../tools/fixtures/bad-input";
import { DOCUMENT } from "../../../tools/fixtures/factory-file";

const OBJECTS =
  "must be BUCKET, BUCKET/PREFIX/ or BUCKET/KEY, such as acme-installers/linux/, without s3:// and wildcards";

const OWN_BUCKET =
  "which has the name of one of the factory's own buckets: build instances have no access to these, except that they write logs";

/** The document of the minimal factory with other steps in its build phase. */
function documents(...steps: readonly string[]): Record<string, string> {
  const text = DOCUMENT.replace(
    /steps:.*/s,
    [
      "steps:",
      ...steps,
      "- { name: Use, action: ExecuteBash, inputs: { commands: ['{{ Path }} {{ LogLevel }}'] } }",
    ].join("\n      "),
  );
  return { "agent.yaml": `${text}\n` };
}

function download(source: string): string {
  return `- { name: Get, action: S3Download, inputs: [{ source: "${source}", destination: /tmp/ }] }`;
}

function bash(command: string): string {
  return `- { name: ${command.length}, action: ExecuteBash, inputs: { commands: ['${command}'] } }`;
}

testBadInput([
  {
    title: "an unknown key in buildAccess",
    mutate: (f) => (f.images.base.buildAccess = { reads: ["acme-installers"] }),
    problems: ["images.base.buildAccess: unknown key 'reads', did you mean 'read'?"],
  },
  {
    title: "buildAccess that isn't a map",
    mutate: (f) => (f.sharedAccount.buildAccess = ["acme-installers"]),
    problems: [
      "sharedAccount.buildAccess: must be a map, which can contain read, write, secrets, parameters, policies, got: a list of 1",
    ],
  },
  {
    title: "buckets given as URIs, with wildcards or with names that S3 rejects",
    mutate: (f) =>
      (f.images.base.buildAccess = {
        read: ["s3://acme-installers/linux/", "acme-installers/linux/*", "Acme", 7],
        write: ["acme-results/$" + "{aws:username}/"],
      }),
    problems: [
      `images.base.buildAccess.read[0]: ${OBJECTS}, got: "s3://acme-installers/linux/"`,
      `images.base.buildAccess.read[1]: ${OBJECTS}, got: "acme-installers/linux/*"`,
      `images.base.buildAccess.read[2]: ${OBJECTS}, got: "Acme"`,
      `images.base.buildAccess.read[3]: ${OBJECTS}, got: 7`,
      `images.base.buildAccess.write[0]: ${OBJECTS}, got: "acme-results/$\{aws:username}/"`,
    ],
  },
  {
    title: "an empty list and a repeated entry",
    mutate: (f) => (f.images.base.buildAccess = { read: [], secrets: ["token", "token"] }),
    problems: [
      "images.base.buildAccess.read: must be a list of at least one item, got: a list of 0",
      'images.base.buildAccess.secrets[1]: is already in the list, got: "token"',
    ],
  },
  {
    title: "a secret given by a partial ARN",
    mutate: (f) =>
      (f.images.base.buildAccess = {
        secrets: ["arn:aws:secretsmanager:eu-west-1:111111111111:secret:*"],
      }),
    problems: [
      'images.base.buildAccess.secrets[0]: must be the name of a secret in the account and Region of the build, or the complete ARN of a secret, which ends with a hyphen and 6 characters, got: "arn:aws:secretsmanager:eu-west-1:111111111111:secret:*"',
    ],
  },
  {
    title: "a parameter with a wildcard",
    mutate: (f) => (f.images.base.buildAccess = { parameters: ["/agents/*"] }),
    problems: [
      'images.base.buildAccess.parameters[0]: must be the name of an SSM parameter such as /agents/token, or a path that ends with a slash such as /agents/, got: "/agents/*"',
    ],
  },
  {
    title: "a policy of AWS",
    mutate: (f) =>
      (f.images.base.buildAccess = { policies: ["arn:aws:iam::aws:policy/AdministratorAccess"] }),
    problems: [
      'images.base.buildAccess.policies[0]: must be the ARN of a customer managed policy, such as arn:aws:iam::111111111111:policy/read-licenses, got: "arn:aws:iam::aws:policy/AdministratorAccess"',
    ],
  },
  {
    title: "the factory's own buckets in buildAccess of an account",
    mutate: (f) =>
      (f.sharedAccount.buildAccess = {
        read: [
          "acme-tfstate-111111111111",
          "golden-image-factory-components-111111111111-eu-west-1",
        ],
        write: ["golden-image-factory-logs-222222222222-eu-west-1/x/"],
      }),
    problems: [
      `sharedAccount.buildAccess.read[0]: must not be in acme-tfstate-111111111111, ${OWN_BUCKET} [account-access-without-factory-buckets]`,
      `sharedAccount.buildAccess.read[1]: must not be in golden-image-factory-components-111111111111-eu-west-1, ${OWN_BUCKET} [account-access-without-factory-buckets]`,
      `sharedAccount.buildAccess.write[0]: must not be in golden-image-factory-logs-222222222222-eu-west-1, ${OWN_BUCKET} [account-access-without-factory-buckets]`,
    ],
  },
  {
    title: "a bucket for evidence in buildAccess of a factory with evidence",
    mutate: (f) => {
      f.sharedAccount.evidence = true;
      f.sharedAccount.buildAccess = {
        read: ["golden-image-factory-evidence-111111111111-eu-west-1"],
      };
    },
    problems: [
      `sharedAccount.buildAccess.read[0]: must not be in golden-image-factory-evidence-111111111111-eu-west-1, ${OWN_BUCKET} [account-access-without-factory-buckets]`,
    ],
  },
  {
    title: "the factory's own buckets in buildAccess of an image",
    mutate: (f) =>
      (f.appAccounts.payments.images["payments-web"].buildAccess = {
        read: ["acme-tfstate-222222222222/x"],
        write: ["acme-tfstate-222222222222"],
      }),
    problems: [
      `appAccounts.payments.images.payments-web.buildAccess.read[0]: must not be in acme-tfstate-222222222222, ${OWN_BUCKET} [image-access-without-factory-buckets]`,
      `appAccounts.payments.images.payments-web.buildAccess.write[0]: must not be in acme-tfstate-222222222222, ${OWN_BUCKET} [image-access-without-factory-buckets]`,
    ],
  },
  {
    title: "a component document that downloads from the state bucket",
    mutate: () => undefined,
    documents: documents(download("s3://acme-tfstate-111111111111/golden-image-factory/*")),
    problems: [
      `images.base.components[1].document: uses s3://acme-tfstate-111111111111/golden-image-factory/* (agent.yaml:13:9), ${OWN_BUCKET}, got: "agent.yaml" [component-without-factory-buckets]`,
    ],
  },
  {
    title: "policies and secrets that an account can't use",
    mutate: (f) =>
      (f.sharedAccount.buildAccess = {
        policies: ["arn:aws:iam::222222222222:policy/read-licenses"],
        secrets: ["arn:aws-cn:secretsmanager:cn-north-1:111111111111:secret:token-AbCdEf"],
      }),
    problems: [
      'sharedAccount.buildAccess.policies[0]: must be a policy of the account that builds (arn:aws:iam::111111111111:policy/…): IAM attaches no policies of other accounts, got: "arn:aws:iam::222222222222:policy/read-licenses" [account-access-arns]',
      'sharedAccount.buildAccess.secrets[0]: must be in the partition aws, like the Regions of the account, got: "arn:aws-cn:secretsmanager:cn-north-1:111111111111:secret:token-AbCdEf" [account-access-arns]',
    ],
  },
  {
    title: "policies and secrets that an image can't use",
    mutate: (f) =>
      (f.appAccounts.payments.images["payments-web"].buildAccess = {
        policies: ["arn:aws:iam::111111111111:policy/read-licenses"],
        secrets: ["arn:aws-us-gov:secretsmanager:us-gov-west-1:222222222222:secret:token-AbCdEf"],
      }),
    problems: [
      'appAccounts.payments.images.payments-web.buildAccess.policies[0]: must be a policy of the account that builds (arn:aws:iam::222222222222:policy/…): IAM attaches no policies of other accounts, got: "arn:aws:iam::111111111111:policy/read-licenses" [image-access-arns]',
      'appAccounts.payments.images.payments-web.buildAccess.secrets[0]: must be in the partition aws, like the Regions of the account, got: "arn:aws-us-gov:secretsmanager:us-gov-west-1:222222222222:secret:token-AbCdEf" [image-access-arns]',
    ],
  },
  {
    title: "more policies than IAM's default quota allows",
    mutate: (f) => {
      const policies = (prefix: string) =>
        Array.from(
          { length: 5 },
          (_, index) => `arn:aws:iam::111111111111:policy/${prefix}-${index}`,
        );
      f.sharedAccount.buildAccess = { policies: policies("all") };
      f.images.base.buildAccess = { policies: policies("base") };
    },
    problems: [
      "warning: images.base.buildAccess.policies: gives the image's build role 10 policies, including those of the account, but IAM's default quota leaves room for 8: request a higher quota for managed policies per role, or combine policies [build-access-policy-quota]",
    ],
  },
  {
    title: "a component document whose sources aren't literal",
    mutate: () => undefined,
    documents: documents(
      "- { name: Get, action: S3Download, loop: { name: each, forEach: [one, two] }, inputs: [{ source: 's3://acme-tools/linux/{{ each.value }}.rpm', destination: /tmp/ }] }",
      "- { name: Which, action: ExecuteBash, inputs: { commands: [cat /etc/source] } }",
      "- { name: Fetch, action: S3Download, inputs: [{ source: '{{ build.Which.outputs.stdout }}', destination: /tmp/ }] }",
      "- { name: Report, action: S3Upload, inputs: [{ source: /tmp/x, destination: 's3://acme-reports/{{ imagebuilder:buildDate }}' }] }",
    ),
    problems: [
      'warning: images.base.components[1].document: reads s3://acme-tools/linux/{{ each.value }}.rpm (agent.yaml:13:9), which isn\'t literal, so build instances have no permission for it: add acme-tools/linux/ to buildAccess.read of the image or of its account, got: "agent.yaml" [component-bucket-granted]',
      'warning: images.base.components[1].document: reads {{ build.Which.outputs.stdout }} (agent.yaml:15:9), which isn\'t literal, so build instances have no permission for it: add its bucket to buildAccess.read of the image or of its account, got: "agent.yaml" [component-bucket-granted]',
      'warning: images.base.components[1].document: writes s3://acme-reports/{{ imagebuilder:buildDate }} (agent.yaml:16:9), which isn\'t literal, so build instances have no permission for it: add acme-reports to buildAccess.write of the image or of its account, got: "agent.yaml" [component-bucket-granted]',
    ],
  },
  {
    title: "commands that use buckets and secrets without permission",
    mutate: () => undefined,
    documents: documents(
      bash("cd /tmp && aws s3 cp s3://acme-tools/agent.rpm . --quiet; rpm -i agent.rpm"),
      bash("aws --region eu-west-1 s3 sync /var/log/build s3://acme-reports/$DAY/"),
      bash("TOKEN=$(aws secretsmanager get-secret-value --secret-id agents/token --output text)"),
    ),
    problems: [
      'warning: images.base.components[1].document: reads s3://acme-tools/agent.rpm in a command (agent.yaml:13:9), and build instances have no permission for it: add acme-tools/agent.rpm to buildAccess.read of the image or of its account, got: "agent.yaml" [component-bucket-granted]',
      'warning: images.base.components[1].document: writes s3://acme-reports/$DAY/ in a command (agent.yaml:14:9), and build instances have no permission for it: add acme-reports to buildAccess.write of the image or of its account, got: "agent.yaml" [component-bucket-granted]',
      'warning: images.base.components[1].document: reads the secret agents/token in a command (agent.yaml:15:9), and build instances have no permission for it: add agents/token to buildAccess.secrets of the image or of its account, got: "agent.yaml" [component-secret-granted]',
    ],
  },
]);
