/**
 * An emulator of EC2 Image Builder, of what the stacks' resources ask of it. Routes and required members come from the AWS SDK's own
 * schemas; anything else is answered with "not emulated".
 *
 * Marked `assumed`: behaviour that no AWS document backs.
 */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Fault, type Input, matchRoute } from "./image-builder-routes";

/** A call that the emulator was asked for. */
export interface Call {
  readonly account: string;
  readonly operation: string;
  readonly input: Input;
}

interface Caller {
  readonly account: string;
  readonly region: string;
}

type Output = Record<string, unknown>;
type Handler = (input: Input, caller: Caller) => Output;

/** "names that differ only in case, spaces, or underscores count as the same name" */
const slug = (name: string): string => name.toLowerCase().replace(/[ _]/g, "-");

const CREATED = "2026-01-01T00:00:00.000Z";

export class ImageBuilder {
  readonly calls: Call[] = [];
  private readonly resources = new Map<string, Input>();
  private readonly server: Server;

  private constructor(private readonly accountOf: (accessKey: string) => Promise<string>) {
    this.server = createServer((request, response) => {
      this.answer(request)
        .then(
          (output) => ({ status: 200, output, type: undefined }),
          (error: Error) => {
            const fault = error instanceof Fault ? error : new Fault("ServiceException", error.message, 500);
            return { status: fault.status, output: { message: fault.message }, type: fault.name };
          },
        )
        .then(({ status, output, type }) => {
          response.writeHead(status, { "Content-Type": "application/json", ...(type && { "x-amzn-ErrorType": type }) });
          response.end(JSON.stringify(output));
        });
    });
  }

  /** Starts it on a free port of the loopback. `accountOf` tells whose an access key is. It has to be stopped. */
  static async start(accountOf: (accessKey: string) => Promise<string>): Promise<ImageBuilder> {
    const emulator = new ImageBuilder(accountOf);
    await new Promise<void>((resolve) => emulator.server.listen(0, "127.0.0.1", resolve));
    return emulator;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The ARNs of all there is of a kind, such as `component`. */
  arns(kind: string): string[] {
    return [...this.resources.keys()].filter((arn) => arn.split(":")[5]?.startsWith(`${kind}/`));
  }

  private async answer(request: IncomingMessage): Promise<Output> {
    const [, accessKey = "", region = ""] =
      /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
    let body = "";
    for await (const chunk of request) body += chunk;
    const { operation, input } = matchRoute(request.method ?? "", request.url ?? "", body);
    const account = await this.accountOf(accessKey);
    this.calls.push({ account, operation, input });
    const handler = this.handlers[operation];
    if (!handler) throw new Fault("NotImplementedException", `${operation} is not emulated`, 501);
    return { requestId: "00000000-0000-0000-0000-000000000000", ...handler(input, { account, region }) };
  }

  private arn(kind: string, name: string, { account, region }: Caller, rest = ""): string {
    return `arn:aws:imagebuilder:${region}:${account}:${kind}/${slug(name)}${rest}`;
  }

  private get(arn: string): Input {
    const found = this.resources.get(arn);
    if (!found) throw new Fault("ResourceNotFoundException", `The resource with ARN '${arn}' doesn't exist.`, 404);
    return found;
  }

  private create(arn: string, input: Input): void {
    if (this.resources.has(arn))
      throw new Fault("ResourceAlreadyExistsException", `The resource with ARN '${arn}' already exists.`);
    this.resources.set(arn, { tags: {}, ...input, arn, dateCreated: CREATED, dateUpdated: CREATED });
  }

  /** Refused while another resource names it. */
  private remove(arn: string): Output {
    this.get(arn);
    const user = [...this.resources].find(
      ([other, resource]) => other !== arn && JSON.stringify(resource).includes(`"${arn}"`),
    );
    if (user)
      throw new Fault("ResourceDependencyException", `Resource '${arn}' has other resources depended on it: ${user[0]}.`);
    this.resources.delete(arn);
    return {};
  }

  private mustExist(arn: unknown): void {
    if (typeof arn !== "string" || /:(aws|third-party):/.test(arn) || /\/x\.|\.x/.test(arn)) return;
    if (!this.resources.has(arn)) throw new Fault("InvalidParameterValueException", `The resource '${arn}' doesn't exist.`);
  }

  private createComponent({ name, semanticVersion, ...rest }: Input, caller: Caller): Output {
    const arn = this.arn("component", String(name), caller, `/${semanticVersion}/1`);
    this.create(arn, { name, version: semanticVersion, owner: caller.account, type: "BUILD", encrypted: true, ...rest });
    return { componentBuildVersionArn: arn };
  }

  private createRecipe({ name, semanticVersion, ...rest }: Input, caller: Caller): Output {
    const arn = this.arn("image-recipe", String(name), caller, `/${semanticVersion}`);
    const { components } = rest as { readonly components: readonly { readonly componentArn: string }[] };
    for (const { componentArn } of components) this.mustExist(componentArn);
    this.create(arn, { name, version: semanticVersion, owner: caller.account, type: "AMI", platform: "Linux", ...rest });
    return { imageRecipeArn: arn };
  }

  private createPipeline(input: Input, caller: Caller): Output {
    const arn = this.arn("image-pipeline", String(input["name"]), caller);
    for (const member of ["imageRecipeArn", "infrastructureConfigurationArn", "distributionConfigurationArn"]) {
      this.mustExist(input[member]);
    }
    this.create(arn, { platform: "Linux", ...input });
    return { imagePipelineArn: arn };
  }

  private update(arnMember: string): Handler {
    return (input) => {
      const arn = String(input[arnMember]);
      const { name, tags, dateCreated } = this.get(arn);
      this.resources.set(arn, { platform: "Linux", ...input, name, tags, arn, dateCreated, dateUpdated: CREATED });
      return { [arnMember]: arn };
    };
  }

  private readonly handlers: Readonly<Record<string, Handler>> = {
    CreateComponent: (input, caller) => this.createComponent(input, caller),
    GetComponent: ({ componentBuildVersionArn }) => ({ component: this.get(String(componentBuildVersionArn)) }),
    DeleteComponent: ({ componentBuildVersionArn }) => this.remove(String(componentBuildVersionArn)),

    CreateImageRecipe: (input, caller) => this.createRecipe(input, caller),
    GetImageRecipe: ({ imageRecipeArn }) => ({ imageRecipe: this.get(String(imageRecipeArn)) }),
    DeleteImageRecipe: ({ imageRecipeArn }) => this.remove(String(imageRecipeArn)),

    CreateInfrastructureConfiguration: (input, caller) => {
      const arn = this.arn("infrastructure-configuration", String(input["name"]), caller);
      this.create(arn, input);
      return { infrastructureConfigurationArn: arn };
    },
    GetInfrastructureConfiguration: ({ infrastructureConfigurationArn: arn }) => ({
      infrastructureConfiguration: this.get(String(arn)),
    }),
    UpdateInfrastructureConfiguration: this.update("infrastructureConfigurationArn"),
    DeleteInfrastructureConfiguration: ({ infrastructureConfigurationArn: arn }) => this.remove(String(arn)),

    CreateDistributionConfiguration: (input, caller) => {
      const arn = this.arn("distribution-configuration", String(input["name"]), caller);
      this.create(arn, { timeoutMinutes: 720, ...input });
      return { distributionConfigurationArn: arn };
    },
    GetDistributionConfiguration: ({ distributionConfigurationArn: arn }) => ({
      distributionConfiguration: this.get(String(arn)),
    }),
    UpdateDistributionConfiguration: this.update("distributionConfigurationArn"),
    DeleteDistributionConfiguration: ({ distributionConfigurationArn: arn }) => this.remove(String(arn)),

    CreateImagePipeline: (input, caller) => this.createPipeline(input, caller),
    GetImagePipeline: ({ imagePipelineArn }) => ({ imagePipeline: this.get(String(imagePipelineArn)) }),
    UpdateImagePipeline: (input, caller) => {
      this.mustExist(input["imageRecipeArn"]);
      return this.update("imagePipelineArn")(input, caller);
    },
    DeleteImagePipeline: ({ imagePipelineArn }) => this.remove(String(imagePipelineArn)),

    CreateLifecyclePolicy: (input, caller) => {
      const arn = this.arn("lifecycle-policy", String(input["name"]), caller);
      this.create(arn, input);
      return { lifecyclePolicyArn: arn };
    },
    // Its dates are numbers, those of all others texts.
    GetLifecyclePolicy: ({ lifecyclePolicyArn }) => ({
      lifecyclePolicy: { ...this.get(String(lifecyclePolicyArn)), dateCreated: 0, dateUpdated: 0 },
    }),
    UpdateLifecyclePolicy: this.update("lifecyclePolicyArn"),
    DeleteLifecyclePolicy: ({ lifecyclePolicyArn }) => this.remove(String(lifecyclePolicyArn)),

    ListTagsForResource: ({ resourceArn }) => ({ tags: this.get(String(resourceArn))["tags"] }),
    TagResource: ({ resourceArn, tags }) => {
      const resource = this.get(String(resourceArn));
      this.resources.set(String(resourceArn), { ...resource, tags: { ...(resource["tags"] as object), ...(tags as object) } });
      return {};
    },
  };
}
