/** Calls the local AWS as an account does, through the AWS SDK. */

import { CopyImageCommand, EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  GetImageCommand,
  ImagebuilderClient,
  StartImagePipelineExecutionCommand,
  TagResourceCommand,
} from "@aws-sdk/client-imagebuilder";
import { paginateGetResourceShares, RAMClient } from "@aws-sdk/client-ram";
import { required } from "../../contract/required";

/**
 * Environment variables with an account's credentials, its Region and the endpoints of services.
 */
export type Environment = Readonly<Record<string, string>>;

/** The build that an ARN resolves to for an account. */
export interface ResolvedBuild {
  readonly arn: string;
  readonly status: string;
  readonly amis: readonly string[];
}

export class Account {
  readonly imageBuilder: ImagebuilderClient;
  readonly ram: RAMClient;
  readonly ec2: EC2Client;

  constructor(readonly environment: Environment) {
    const common = {
      region: this.variable("AWS_REGION"),
      credentials: {
        accessKeyId: this.variable("AWS_ACCESS_KEY_ID"),
        secretAccessKey: this.variable("AWS_SECRET_ACCESS_KEY"),
      },
    };
    const at = (service: string) => ({
      ...common,
      endpoint: this.variable(`AWS_ENDPOINT_URL_${service}`),
    });
    this.imageBuilder = new ImagebuilderClient(at("IMAGEBUILDER"));
    this.ram = new RAMClient(at("RAM"));
    this.ec2 = new EC2Client(at("EC2"));
  }

  private variable(name: string): string {
    return required(this.environment[name], name);
  }

  /**
   * Resolves a build, version or versionless ARN; `undefined` if the account sees no such build.
   */
  async resolve(arn: string): Promise<ResolvedBuild | undefined> {
    try {
      const { image } = await this.imageBuilder.send(
        new GetImageCommand({ imageBuildVersionArn: arn }),
      );
      return {
        arn: required(image?.arn, `the build of ${arn}`),
        status: required(image?.state?.status, `the status of ${arn}`),
        amis: (image?.outputResources?.amis ?? []).map((ami) =>
          required(ami.image, `an AMI of ${arn}`),
        ),
      };
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  /** Whether the account can launch an instance of an AMI. */
  async canLaunch(ami: string): Promise<boolean> {
    const count = { MinCount: 1, MaxCount: 1 };
    const dryRun = new RunInstancesCommand({ ImageId: ami, ...count, DryRun: true });
    const name = await this.ec2.send(dryRun).then(
      () => "none",
      (error: Error) => error.name,
    );
    if (name === "DryRunOperation") return true;
    if (name.startsWith("InvalidAMIID.")) return false;
    throw new Error(`the dry run must end with another error, got: ${name}`);
  }

  /** Copies an AMI of the account's Region, and returns the ID of the copy. */
  async copy(ami: string): Promise<string> {
    const region = this.variable("AWS_REGION");
    const input = { SourceImageId: ami, SourceRegion: region, Name: `copy of ${ami}` };
    const { ImageId } = await this.ec2.send(new CopyImageCommand(input));
    return required(ImageId, `the ID of the copy of ${ami}`);
  }

  /** Launches an instance of an AMI, and returns its ID. */
  async launch(ami: string): Promise<string> {
    const command = new RunInstancesCommand({ ImageId: ami, MinCount: 1, MaxCount: 1 });
    const { Instances } = await this.ec2.send(command);
    return required(Instances?.[0]?.InstanceId, `the ID of the instance of ${ami}`);
  }

  /** The ARNs of the shares that the account owns. */
  async shares(): Promise<string[]> {
    const pages = paginateGetResourceShares(
      { client: this.ram },
      { resourceOwner: "SELF", resourceShareStatus: "ACTIVE" },
    );
    const all: string[] = [];
    for await (const { resourceShares = [] } of pages)
      all.push(
        ...resourceShares.map((one) => required(one.resourceShareArn, "the ARN of a share")),
      );
    return all;
  }

  /** Starts a build and returns its ARN. */
  async build(imagePipelineArn: string): Promise<string> {
    const { imageBuildVersionArn = "" } = await this.imageBuilder.send(
      new StartImagePipelineExecutionCommand({ imagePipelineArn }),
    );
    return imageBuildVersionArn;
  }

  async tag(resourceArn: string, key: string, value: string): Promise<void> {
    await this.imageBuilder.send(new TagResourceCommand({ resourceArn, tags: { [key]: value } }));
  }
}
