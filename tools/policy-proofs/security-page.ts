/** Generates the page about security, with the same policy evaluation as the proofs. */
import type { Context, Document, Principal } from "../iam/evaluate";
import type { Resource } from "../iam/resolved-stacks";
import {
  administrator,
  EMPTY_POLICY,
  imageBuilder,
  type PolicyFixture,
  type TestAccount,
} from "./policy-fixture";
import { CRYPTO_ACTIONS, type FunctionName, MANAGE_ACTIONS, viaEc2 } from "./proofs/support";

const INTRODUCTION = `# Who can do what

This page lists the principals that can access the factory's keys, repositories and data. \`npm run security\` generates
it from the synthesized policies of [the example with every key](../../examples/complete/factory.yaml). It uses the same
policy evaluation as the proofs (\`tools/policy-proofs/proofs.ts\`): the allow and deny statements of identity-based
and resource-based policies, within an account and across accounts. A test fails when the page is out of date. Service
control policies aren't evaluated. They can only remove permissions.

- **Administrator** is a principal whose IAM policies allow everything. No other principal of its account can do more, except
  with resources whose policy denies the administrator something: evidence, and the key that signs it.
- **Image Builder** is the service-linked role of Image Builder in an account, with AWS's managed policy.
- **Execution role** is the role that Image Builder assumes for builds with workflows, or with SSM parameters that its
  service-linked role can't use.
- **Through EC2** means requests that EC2 sends to AWS KMS when it starts an instance with an encrypted volume.
- **encrypt and decrypt** stands for ${CRYPTO_ACTIONS.join(", ")}. **manage** stands for ${MANAGE_ACTIONS.join(", ")}.

Tests prove the following facts for the examples and for random factories:

- The audience of an image's channels sees its shared builds in AWS RAM, and the
  updater (\`lambda/share-updater\`) gives it launch permission for them.
- A Region has one key for all of its images. An account that sees any of these images can use the key. Launch
  permissions limit the account to the images of its channels.
- Each container has a repository. The accounts that see a container can pull from its repository.
- All instances that build containers in a Region can push to each of the repositories.
- All builds in a Region that need an execution role have the same one.
- Build instances can use exactly the objects, secrets and parameters that [\`buildAccess\`](../guides/build-access.md)
  lists, and the objects that component documents name literally, in addition to what AWS's managed policies for build
  instances and your policies in \`buildAccess.policies\` allow. Permissions of an account's \`buildAccess\` apply to all of
  its build instances. An image with further permissions has its own role, so these apply only to its build instances.
- The factory's own buckets contain the state, the components with the manifest, evidence, and logs. Build instances have
  no access to these buckets, except that they write logs. An explicit deny in their role ensures this, whatever policy
  is attached to it. The policies of the buckets for state, components and evidence deny the same.
- The manifest names the same channels, conditions and principals as factory.yaml. The updater takes them from no other
  object. It changes only shares and AMIs that have the factory's tags. On builds, it sets only the tags
  \`golden-image:revoked-by\`, and \`golden-image:shared-in-CHANNEL\` for channels that limit findings.
- The [rebuilder](../guides/follow-parents.md) of an account and Region can start only the pipelines of images that follow
  their parents, and only with the tag that names the parent's build, or without tags. So it can't approve or revoke a
  build. Its role lets it read only these images, their recipes and their parents. With more than about 20 such images,
  their names don't fit into the policy: it then contains all images and pipelines of the account and Region.
- An app account with \`fleet: true\` has the role \`golden-image-factory-fleet\`. Only the roles and users that
  \`sharedAccount.operators\` names can assume it. It can only describe the AMIs of the account's instances
  (\`ec2:DescribeInstanceImageMetadata\`). EC2 can't limit this to some of the instances.
- Only the [recorder](../guides/evidence.md) can sign statements about builds. It reads builds, their AMIs and the digests
  of their container images, and writes new objects to the bucket for evidence. The bucket's policy lets no principal replace or delete evidence. A principal that
  may change this policy, or the lifecycle rules of the bucket, can lift that.
- The recorder also publishes [release notes](../guides/release-notes.md) and sets [watermarks](../guides/who-runs-what.md). It
  publishes to its own topic, reads the logs of builds, and changes watermarks only of AMIs that have the factory's tags.
- The policy of an image key names Amazon Inspector only in Regions in which a channel limits
  [findings](../guides/findings.md). If an audience contains the shared account (the organization or an OU), all roles of
  the shared account can decrypt through EC2, Amazon Inspector's too.
`;

interface Row {
  readonly principal: string;
  readonly actions: readonly string[];
}

/** Replaces a complete set of actions by one name. */
function abbreviate(actions: readonly string[], set: readonly string[], name: string): string[] {
  if (!set.every((action) => actions.includes(action))) return [...actions];
  return [name, ...actions.filter((action) => !set.includes(action))];
}

function actionList(actions: readonly string[]): string {
  if (actions.length === 0) return "nothing";
  const managed = abbreviate(actions, MANAGE_ACTIONS, "**manage**");
  return abbreviate(managed, CRYPTO_ACTIONS, "**encrypt and decrypt**").join(", ");
}

function table(title: string, rows: readonly Row[]): string {
  const lines = rows.map(({ principal, actions }) => `| ${principal} | ${actionList(actions)} |`);
  return [`### ${title}`, "", "| principal | actions |", "| --- | --- |", ...lines, ""].join("\n");
}

/** Accounts in the positions that the example's channels distinguish. */
function otherAccounts(organization: string): readonly (readonly [string, TestAccount])[] {
  return [
    ["of an account in the organization", { account: "700000000001", organization, units: [] }],
    [
      "of an account in the canary channel's OU",
      { account: "700000000002", organization, units: ["ou-abcd-11111111"] },
    ],
    ["of an account outside the organization", { account: "800000000001", units: [] }],
  ];
}

const STACK = "shared-eu-west-1";

class SecurityPage {
  private readonly account: string;
  private readonly principals: readonly (readonly [string, Principal, Context?])[];

  constructor(private readonly fixture: PolicyFixture) {
    const { shared, organization } = fixture.factory;
    this.account = shared.id;
    const owner = { account: shared.id, organization: organization.id, units: [] };
    this.principals = [
      ["Administrator of the shared account, root included", administrator(owner)],
      ["Image Builder of the shared account", imageBuilder(owner)],
      ["Execution role", this.role("-execution-")],
      ["Instances that build golden images", this.role('-build-eu-west-1"')],
      ["Instances that build golden containers", this.role("-build-containers-")],
      ["Updater", this.role("-share-updater-")],
      ["Rebuilder", this.role("-rebuilder-")],
      ["Recorder", this.role("-recorder-")],
      ...otherAccounts(organization.id).flatMap(([position, other]): [string, Principal][] => [
        [`Administrator ${position}`, administrator(other)],
        [`Image Builder ${position}`, imageBuilder(other)],
      ]),
      ["CloudWatch alarms of the shared account", { service: "cloudwatch.amazonaws.com" }],
      ["CloudWatch Logs", { service: "logs.eu-west-1.amazonaws.com" }],
      [
        "SNS, for the factory's topic",
        { service: "sns.amazonaws.com" },
        this.from("aws_sns_topic", "-notifications"),
      ],
      ["EventBridge, for the schedule of the function", { service: "events.amazonaws.com" }],
      [
        "EventBridge, for the rebuilder's rules of events",
        { service: "events.amazonaws.com" },
        this.from("aws_cloudwatch_event_rule", '"golden-image-factory-rebuilder-builds"'),
      ],
    ];
  }

  /** The only resource of a type whose arguments contain a text. */
  private resource(type: string, text = ""): Resource {
    const [resource, ...others] = this.fixture.stacks
      .resourcesOf(type, STACK)
      .filter(({ config }) => JSON.stringify(config).includes(text));
    if (!resource || others.length > 0)
      throw new Error(
        `${STACK} must contain one ${type} with '${text}', got: ${resource ? 1 + others.length : 0}`,
      );
    return resource;
  }

  /** The context of requests that a service sends for a resource. */
  private from(type: string, text: string): Context {
    return { "aws:SourceArn": this.fixture.stacks.arnOf(this.resource(type, text)) };
  }

  private role(namePart: string): Principal {
    return this.fixture.role(this.resource("aws_iam_role", namePart));
  }

  /** The actions of every principal on a resource, or on `suffix` within it. */
  private rows(service: string, resource: Resource, suffix = "", context: Context = {}): Row[] {
    const arn = this.fixture.stacks.arnOf(resource);
    const policy: Document = this.fixture.stacks.findDocument(arn, "resource") ?? EMPTY_POLICY;
    return this.principals.map(([principal, by, ownContext]) => ({
      principal,
      actions: this.fixture
        .allowedBy(policy, service, by, `${arn}${suffix}`, this.account, {
          ...context,
          ...ownContext,
        })
        // Everyone may log in to a registry, which gives no access to its content.
        .filter((action) => action !== "GetAuthorizationToken"),
    }));
  }

  /**
   * Without the administrator of the shared account, who can do everything there, and principals
   * that can do nothing.
   */
  private otherRows(...of: Parameters<SecurityPage["rows"]>): Row[] {
    const [, ...others] = this.rows(...of);
    return others.filter(({ actions }) => actions.length > 0);
  }

  /** The callers of a function. Its schedule has its name. */
  private callerRows(name: FunctionName): Row[] {
    const functionName = `"golden-image-factory-${name}"`;
    const called = this.resource("aws_lambda_function", functionName);
    return this.otherRows(
      "lambda",
      called,
      "",
      this.from("aws_cloudwatch_event_rule", functionName),
    );
  }

  private queue(name: string): Resource {
    return this.resource("aws_sqs_queue", `"golden-image-factory-${name}"`);
  }

  private imageKeySection(): string[] {
    const key = this.resource("aws_kms_key", "Images of the golden image factory");
    return [
      "## The image key of the shared account",
      "",
      table("Directly", this.rows("kms", key)),
      "An administrator of an account in the audience can also create a grant for the account's own Auto Scaling",
      "service-linked role. The table evaluates requests without a grantee, so it doesn't contain this permission.",
      "",
      table("Through EC2", this.rows("kms", key, "", viaEc2("eu-west-1"))),
    ];
  }

  private repositorySection(): string[] {
    return [
      "## The repository of a container",
      "",
      "The container of the example has a channel for the whole organization. To pull it, an account needs no permission for the key,",
      "because ECR uses the key through grants. `ecr:GetAuthorizationToken` is left out: it gives no access to images.",
      "The administrator of the shared account isn't listed: it can do everything with the repository.",
      "",
      table("Repository", this.otherRows("ecr", this.resource("aws_ecr_repository"))),
    ];
  }

  private evidenceSection(): string[] {
    const key = this.resource("aws_kms_key", "Signatures of the golden image factory");
    const bucket = this.resource("aws_s3_bucket", "-evidence-");
    const digest = { "kms:MessageType": "DIGEST", "kms:SigningAlgorithm": "ECDSA_SHA_256" };
    const create = { "s3:if-none-match": "*" };
    const object = "/base/1.0.0/1/provenance.dsse.json";
    const [administrator] = this.rows("s3", bucket, object, create);
    const changes = /^(PutObject|DeleteObject(Version)?|Replicate(Object|Delete))$/;
    if (administrator?.actions.some((action) => changes.test(action)))
      throw new Error("the page must list who changes evidence");
    return [
      "## Evidence about builds",
      "",
      "With `sharedAccount.evidence`, the recorder signs a statement about each build, and stores it with the list of the",
      "build's packages. A key of AWS KMS signs. It can't be exported.",
      "",
      table("The key that signs", this.rows("kms", key, "", digest)),
      [
        "An administrator of the shared account can't sign, but can change the policy of the key, and then sign. So can",
        "Terraform's deploy role, and every principal that can change the function, its role or the code that is deployed.",
        "AWS CloudTrail records each of these changes (`PutKeyPolicy`, `UpdateFunctionCode`, `PutRolePolicy`) and each",
        "signature (`Sign`). The key administrators of factory.yaml can't change this key. A statement proves that this",
        "account's recorder signed it. It doesn't protect from an administrator of the shared account.",
        "",
        "The digests of the version lock file in a statement are those of the deployed configuration, by name and version.",
        "They don't prove what a recipe or component contains: a role that may delete one in AWS can create another one with",
        "the same version.",
        "",
        "The digest of a container image in a statement identifies the content that the image had when the build was recorded.",
        "A role that may delete images in Amazon ECR can push another one with the same tag. `factory verify` finds this.",
        "",
        "`factory verify` trusts only the public keys in `factory.keys.json`, in your repository. The reviewers of this file",
        "decide which keys are trusted.",
        "",
      ].join("\n"),
      table("Evidence in S3", this.otherRows("s3", bucket, object, create)),
      table(
        "Existing evidence in S3, which no principal can replace or delete",
        this.otherRows("s3", bucket, object),
      ),
      [
        "The administrator of the shared account isn't listed: it can read evidence, and can't write or delete it while the bucket has its",
        "policy. An administrator can change that policy. But a statement that was changed has no valid signature, unless the",
        "administrator also changes the policy of the signing key.",
        "",
      ].join("\n"),
    ];
  }

  private dataSection(): string[] {
    const topic = this.resource("aws_sns_topic", "-notifications");
    const notesTopic = this.resource("aws_sns_topic", "-notes");
    const fromAccount = { "aws:SourceAccount": this.account };
    const fromLogs = {
      ...fromAccount,
      "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:eu-west-1:${this.account}:log-group:/aws/lambda/x`,
    };
    const dataKey = this.resource("aws_kms_key", "Data of the golden");
    const logs = this.resource("aws_s3_bucket", "-logs-");
    const components = this.resource("aws_s3_bucket", "-components-");
    const documents = this.otherRows("s3", components, "/components/key");
    if (documents.length > 0) throw new Error("the page must list who reads component documents");
    return [
      "## The factory's own data",
      "",
      "An administrator of the shared account can manage and use the data key, and can access all other data over TLS. Each",
      "table lists the other principals that can do something with the resource.",
      "",
      table("Data key", this.otherRows("kms", dataKey, "", fromLogs)),
      table("Topic", this.otherRows("sns", topic, "", fromAccount)),
      table("Topic for release notes", this.otherRows("sns", notesTopic, "", fromAccount)),
      [
        "### Component documents in S3",
        "",
        "No other principal. Image Builder reads a document when Terraform creates the component, with Terraform's",
        "credentials.",
        "",
      ].join("\n"),
      table("The manifest in S3", this.otherRows("s3", components, "/channels/key.json")),
      [
        "The manifest decides what the updater shares. Its key contains the SHA-256 of its content, and the key is in the",
        "environment of the function. So a principal that can write to the bucket can stop the updater, but can't make it",
        "share other builds: that requires the permission to change the function. The tags of shares don't decide what the updater shares.",
        "The rebuilder's manifest, which names the pipelines, is protected in the same way.",
        "",
      ].join("\n"),
      table(
        "The rebuilder's manifest in S3",
        this.otherRows("s3", components, "/rebuilder/key.json"),
      ),
      table(
        "The recorder's manifest in S3",
        this.otherRows("s3", components, "/recorder/key.json"),
      ),
      table("Build logs in S3", this.otherRows("s3", logs, "/key")),
      table("Queue of the updater", this.otherRows("sqs", this.queue("share-updater"))),
      table(
        "Failed events of the updater",
        this.otherRows("sqs", this.queue("share-updater-failed")),
      ),
      table("Queue of the rebuilder", this.otherRows("sqs", this.queue("rebuilder"))),
      table(
        "Failed events of the rebuilder",
        this.otherRows("sqs", this.queue("rebuilder-failed")),
      ),
      table("Queue of the recorder", this.otherRows("sqs", this.queue("recorder"))),
      table("Failed events of the recorder", this.otherRows("sqs", this.queue("recorder-failed"))),
      table("Updater", this.callerRows("share-updater")),
      table("Rebuilder", this.callerRows("rebuilder")),
    ];
  }

  render(): string {
    return [
      INTRODUCTION,
      ...this.imageKeySection(),
      ...this.repositorySection(),
      ...this.evidenceSection(),
      ...this.dataSection(),
    ].join("\n");
  }
}

export function securityPage(fixture: PolicyFixture): string {
  return new SecurityPage(fixture).render();
}
