/**
 * The system of this repository's factory.yaml as an AWS CDK app, written as the AWS CDK's
 * documentation suggests: L2 constructs where there are any, L1 constructs of EC2 Image Builder and
 * AWS RAM. `npm run bench` measures it. It is never deployed.
 */
import {
  App,
  aws_cloudwatch as cloudwatch,
  Duration,
  aws_s3_deployment as deployment,
  aws_events as events,
  aws_iam as iam,
  aws_imagebuilder as imagebuilder,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_logs as logs,
  RemovalPolicy,
  aws_ram as ram,
  Stack,
  aws_s3 as s3,
  aws_sns as sns,
  aws_sqs as sqs,
  aws_sns_subscriptions as subscriptions,
  Tags,
  aws_events_targets as targets,
} from "aws-cdk-lib";
import type { Construct } from "constructs";

const ORGANIZATION = "o-abcdefghij";
const SHARED = { account: "111111111111", region: "eu-west-1" };
const PAYMENTS = { account: "222222222222", region: "eu-west-1" };

/** Folders, given by the benchmark. */
const { COMPONENTS = "components", UPDATER = "share-updater" } = process.env;

function privateBucket(scope: Construct, id: string, props: s3.BucketProps = {}): s3.Bucket {
  return new s3.Bucket(scope, id, {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: RemovalPolicy.RETAIN,
    versioned: true,
    ...props,
  });
}

class StateStack extends Stack {
  constructor(scope: Construct, id: string, env: typeof SHARED) {
    super(scope, id, { env });
    privateBucket(this, "State", { encryption: s3.BucketEncryption.S3_MANAGED });
  }
}

interface ImageProps {
  readonly name: string;
  readonly parent: string;
  readonly components: readonly imagebuilder.CfnImageRecipe.ComponentConfigurationProperty[];
  /** Organization that may use the AMIs. */
  readonly organization?: string;
  readonly keepBuilds?: number;
}

/** Everything in an account that builds images. */
class BuildStack extends Stack {
  readonly imageKey: kms.Key;
  readonly topic: sns.Topic;
  private readonly dataKey: kms.Key;
  private readonly logs: s3.Bucket;
  private readonly documents: s3.Bucket;
  private readonly lifecycleRole: iam.Role;
  private readonly profile: iam.CfnInstanceProfile;

  constructor(scope: Construct, id: string, env: typeof SHARED, email: string) {
    super(scope, id, { env });
    const removalPolicy = RemovalPolicy.RETAIN;
    this.imageKey = new kms.Key(this, "ImageKey", {
      alias: "golden-image-factory-images",
      enableKeyRotation: true,
      removalPolicy,
    });
    this.dataKey = new kms.Key(this, "DataKey", {
      alias: "golden-image-factory-data",
      enableKeyRotation: true,
      removalPolicy,
    });
    this.dataKey.grantEncryptDecrypt(new iam.ServicePrincipal("sns.amazonaws.com"));
    const encryption = { encryption: s3.BucketEncryption.KMS, encryptionKey: this.dataKey };
    this.documents = privateBucket(this, "Components", encryption);
    this.logs = privateBucket(this, "Logs", {
      ...encryption,
      lifecycleRules: [
        { expiration: Duration.days(90), noncurrentVersionExpiration: Duration.days(7) },
      ],
    });
    this.topic = new sns.Topic(this, "Topic", { masterKey: this.dataKey, enforceSSL: true });
    this.topic.grantPublish(new iam.ServicePrincipal("imagebuilder.amazonaws.com"));
    this.topic.addSubscription(new subscriptions.EmailSubscription(email));
    const role = new iam.Role(this, "BuildRole", {
      assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com"),
      managedPolicies: ["AmazonSSMManagedInstanceCore", "EC2InstanceProfileForImageBuilder"].map(
        (name) => iam.ManagedPolicy.fromAwsManagedPolicyName(name),
      ),
    });
    this.logs.grantPut(role);
    this.documents.grantRead(role);
    this.profile = new iam.CfnInstanceProfile(this, "Profile", { roles: [role.roleName] });
    this.lifecycleRole = new iam.Role(this, "LifecycleRole", {
      assumedBy: new iam.ServicePrincipal("imagebuilder.amazonaws.com"),
      managedPolicies: [
        iam.ManagedPolicy.fromAwsManagedPolicyName(
          "service-role/EC2ImageBuilderLifecycleExecutionPolicy",
        ),
      ],
    });
  }

  /** Adds a component whose document is in the bucket. */
  addComponent(name: string): imagebuilder.CfnComponent {
    const upload = new deployment.BucketDeployment(this, `${name}Document`, {
      sources: [deployment.Source.asset(COMPONENTS, { exclude: ["*", `!${name}.yaml`] })],
      destinationBucket: this.documents,
      destinationKeyPrefix: name,
      prune: false,
    });
    const component = new imagebuilder.CfnComponent(this, name, {
      name,
      platform: "Linux",
      version: "1.0.0",
      uri: this.documents.s3UrlForObject(`${name}/${name}.yaml`),
      kmsKeyId: this.dataKey.keyArn,
    });
    component.node.addDependency(upload);
    return component;
  }

  addImage({ name, parent, components, organization, keepBuilds }: ImageProps): void {
    const recipe = new imagebuilder.CfnImageRecipe(this, `${name}Recipe`, {
      name,
      version: "1.0.0",
      parentImage: parent,
      components: [...components],
      blockDeviceMappings: [
        { deviceName: "/dev/xvda", ebs: { encrypted: true, kmsKeyId: this.imageKey.keyArn } },
      ],
    });
    const infrastructure = new imagebuilder.CfnInfrastructureConfiguration(
      this,
      `${name}Infrastructure`,
      {
        name,
        instanceProfileName: this.profile.ref,
        instanceMetadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
        logging: { s3Logs: { s3BucketName: this.logs.bucketName, s3KeyPrefix: name } },
        snsTopicArn: this.topic.topicArn,
        terminateInstanceOnFailure: true,
      },
    );
    const distribution = new imagebuilder.CfnDistributionConfiguration(
      this,
      `${name}Distribution`,
      {
        name,
        distributions: [
          {
            region: this.region,
            amiDistributionConfiguration: {
              Name: `${name}-{{ imagebuilder:buildDate }}`,
              KmsKeyId: this.imageKey.keyArn,
              ...(organization && {
                LaunchPermissionConfiguration: { OrganizationArns: [organization] },
              }),
            },
          },
        ],
      },
    );
    new logs.LogGroup(this, `${name}Logs`, {
      logGroupName: `/aws/imagebuilder/${name}`,
      retention: logs.RetentionDays.THREE_MONTHS,
    });
    new imagebuilder.CfnImagePipeline(this, `${name}Pipeline`, {
      name,
      imageRecipeArn: recipe.attrArn,
      infrastructureConfigurationArn: infrastructure.attrArn,
      distributionConfigurationArn: distribution.attrArn,
      enhancedImageMetadataEnabled: true,
      imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: 720 },
      schedule: {
        scheduleExpression: "cron(0 4 ? * mon *)",
        pipelineExecutionStartCondition: "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
      },
    });
    if (keepBuilds === undefined) return;
    new imagebuilder.CfnLifecyclePolicy(this, `${name}Lifecycle`, {
      name,
      executionRole: this.lifecycleRole.roleArn,
      resourceType: "AMI_IMAGE",
      policyDetails: [
        {
          action: { type: "DELETE", includeResources: { amis: true, snapshots: true } },
          filter: { type: "COUNT", value: keepBuilds },
        },
      ],
      resourceSelection: { recipes: [{ name, semanticVersion: "1.0.0" }] },
    });
  }
}

class SharedStack extends BuildStack {
  constructor(scope: Construct, id: string) {
    super(scope, id, SHARED, "platform@example.com");
    const organization = `arn:aws:organizations::999999999999:organization/${ORGANIZATION}`;
    this.imageKey.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: ["kms:Decrypt", "kms:DescribeKey", "kms:ReEncryptFrom"],
        principals: [new iam.AnyPrincipal()],
        resources: ["*"],
        conditions: {
          StringEquals: {
            "aws:PrincipalOrgID": ORGANIZATION,
            "kms:ViaService": `ec2.${this.region}.amazonaws.com`,
          },
        },
      }),
    );
    this.imageKey.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: ["kms:CreateGrant"],
        principals: [new iam.AnyPrincipal()],
        resources: ["*"],
        conditions: {
          StringEquals: { "aws:PrincipalOrgID": ORGANIZATION },
          Bool: { "kms:GrantIsForAWSResource": "true" },
        },
      }),
    );
    this.addImage({
      name: "amazon-linux-2023",
      parent: `arn:aws:imagebuilder:${this.region}:aws:image/amazon-linux-2023-x86/x.x.x`,
      components: [
        {
          componentArn: `arn:aws:imagebuilder:${this.region}:aws:component/stig-build-linux/x.x.x`,
          parameters: [{ name: "Level", value: ["High"] }],
        },
        {
          componentArn: this.addComponent("cloudwatch-agent-linux").attrArn,
          parameters: [{ name: "LogLevel", value: ["INFO"] }],
        },
      ],
      organization,
      keepBuilds: 10,
    });
    new ram.CfnResourceShare(this, "Stable", {
      name: "amazon-linux-2023-stable",
      allowExternalPrincipals: false,
      principals: [organization],
      tags: [{ key: "golden-image:channel", value: "stable" }],
    });
    this.addUpdater();
  }

  private addUpdater(): void {
    const failed = new sqs.Queue(this, "Failed", {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const updater = new lambda.Function(this, "Updater", {
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      handler: "index.handler",
      code: lambda.Code.fromAsset(UPDATER),
      timeout: Duration.minutes(15),
      memorySize: 512,
      logGroup: new logs.LogGroup(this, "UpdaterLogs", {
        retention: logs.RetentionDays.THREE_MONTHS,
      }),
      onFailure: { bind: () => ({ destination: failed.queueArn }) },
      retryAttempts: 2,
      environment: { ACCOUNT_ID: this.account },
    });
    failed.grantSendMessages(updater);
    const allow = (actions: string[], resources = ["*"], conditions?: Record<string, object>) =>
      updater.addToRolePolicy(new iam.PolicyStatement({ actions, resources, conditions }));
    allow(["imagebuilder:ListImages", "imagebuilder:ListImageBuildVersions"]);
    allow(
      ["imagebuilder:GetImage"],
      [`arn:aws:imagebuilder:${this.region}:${this.account}:image/*`],
    );
    allow(["ram:GetResourceShares", "ram:ListResources", "ram:GetResourceShareAssociations"]);
    allow(["ram:AssociateResourceShare", "ram:DisassociateResourceShare"], ["*"], {
      StringLike: { "aws:ResourceTag/golden-image:channel": "*" },
    });
    allow(["ec2:DescribeImages", "ec2:DescribeImageAttribute", "ec2:ModifyImageAttribute"]);
    this.topic.addSubscription(new subscriptions.LambdaSubscription(updater));
    new events.Rule(this, "Schedule", {
      schedule: events.Schedule.rate(Duration.hours(1)),
      targets: [new targets.LambdaFunction(updater)],
    });
    const refused = new cloudwatch.Metric({
      namespace: "GoldenImageFactory",
      metricName: "RefusedAssociations",
      period: Duration.hours(1),
    });
    const metrics = {
      Errors: updater.metricErrors({ period: Duration.minutes(5) }),
      Refused: refused,
      Failed: failed.metricApproximateNumberOfMessagesVisible(),
    };
    for (const [id, metric] of Object.entries(metrics))
      new cloudwatch.Alarm(this, `${id}Alarm`, { metric, threshold: 1, evaluationPeriods: 1 });
    new cloudwatch.Alarm(this, "SilentAlarm", {
      metric: updater.metricInvocations({ period: Duration.hours(3) }),
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    new cloudwatch.Dashboard(this, "Dashboard", {
      widgets: Object.entries(metrics).map(([title, metric]) => [
        new cloudwatch.GraphWidget({ title, left: [metric], width: 12 }),
      ]),
    });
  }
}

class PaymentsStack extends BuildStack {
  constructor(scope: Construct, id: string) {
    super(scope, id, PAYMENTS, "payments@example.com");
    this.addImage({
      name: "payments-web",
      parent: `arn:aws:imagebuilder:${this.region}:${SHARED.account}:image/amazon-linux-2023/x.x.x`,
      components: [{ componentArn: this.addComponent("tomcat-linux").attrArn }],
    });
  }
}

const app = new App();
new StateStack(app, "state-shared", SHARED);
new StateStack(app, "state-payments", PAYMENTS);
new SharedStack(app, "shared-eu-west-1");
new PaymentsStack(app, "payments-eu-west-1");
Tags.of(app).add("team", "platform");
app.synth();
