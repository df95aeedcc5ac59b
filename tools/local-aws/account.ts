/** AWS as an account sees it, through the SDK. */
import { EC2Client, RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  GetImageCommand,
  ImagebuilderClient,
  StartImagePipelineExecutionCommand,
  TagResourceCommand,
} from "@aws-sdk/client-imagebuilder";
import { paginateGetResourceShares, RAMClient } from "@aws-sdk/client-ram";

/** What a process needs to call AWS as an account: credentials, Region and where the services are. */
export type Environment = Readonly<Record<string, string>>;

/** The build that an ARN resolves to for an account. */
export interface Seen {
  readonly arn: string;
  readonly status: string;
  readonly amis: readonly string[];
}

export class Account {
  readonly imageBuilder: ImagebuilderClient;
  readonly ram: RAMClient;
  private readonly ec2: EC2Client;

  constructor(readonly environment: Environment) {
    const common = {
      region: environment["AWS_REGION"] ?? "",
      credentials: {
        accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
    };
    const at = (service: string) => ({
      ...common,
      endpoint: environment[`AWS_ENDPOINT_URL_${service}`] ?? "",
    });
    this.imageBuilder = new ImagebuilderClient(at("IMAGEBUILDER"));
    this.ram = new RAMClient(at("RAM"));
    this.ec2 = new EC2Client(at("EC2"));
  }

  /** What a build, version or versionless ARN resolves to; `undefined` for nothing that the account can see. */
  async resolve(arn: string): Promise<Seen | undefined> {
    try {
      const { image } = await this.imageBuilder.send(
        new GetImageCommand({ imageBuildVersionArn: arn }),
      );
      return {
        arn: image?.arn ?? "",
        status: image?.state?.status ?? "",
        amis: (image?.outputResources?.amis ?? []).map((ami) => ami.image ?? ""),
      };
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  /** Whether an instance of the AMI starts. */
  async canLaunch(ami: string): Promise<boolean> {
    try {
      await this.ec2.send(new RunInstancesCommand({ ImageId: ami, MinCount: 1, MaxCount: 1 }));
      return true;
    } catch (error) {
      if ((error as Error).name.startsWith("InvalidAMIID.")) return false;
      throw error;
    }
  }

  /** The ARNs of the resource shares that it owns. */
  async shares(): Promise<string[]> {
    const pages = paginateGetResourceShares(
      { client: this.ram },
      { resourceOwner: "SELF", resourceShareStatus: "ACTIVE" },
    );
    const all: string[] = [];
    for await (const { resourceShares = [] } of pages)
      all.push(...resourceShares.map((one) => one.resourceShareArn ?? ""));
    return all;
  }

  /** Begins a build; answers with its ARN. */
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
