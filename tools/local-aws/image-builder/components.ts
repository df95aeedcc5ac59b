import { MANAGED_COMPONENTS } from "../../../config/aws/managed-components";
import type { Caller, Handlers } from "../protocol/emulator";
import { Fault, type Input, page } from "../protocol/rest-json";
import { getAndDelete, listVersions } from "./common-operations";
import { assertNameAndVersionFit } from "./patterns";
import {
  assertParametersFit,
  assertSameRegion,
  type DeclaredParameters,
  parametersIn,
} from "./recipe-checks";
import { arnOf, type Resources } from "./resources";

export interface RecipeComponent {
  readonly componentArn: string;
  readonly parameters?: readonly { readonly name: string }[];
}

/** The content of an object in Amazon S3; `undefined` if there is none. */
export type ReadObject = (uri: string) => string | undefined;

/** Lists the AWS-managed components, as far as the project knows them. */
function listManaged(input: Input, { region }: Caller): object {
  const arns = MANAGED_COMPONENTS.map((name) => ({
    arn: `arn:aws:imagebuilder:${region}:aws:component/${name}/1.0.0`,
  }));
  const { items, ...token } = page(arns, input, 25);
  return { componentVersionList: items, ...token };
}

export class Components {
  /** The parameters of the components whose documents are known. */
  private readonly parameters = new Map<string, DeclaredParameters>();

  /** @param readObject by default, the documents of components in S3 aren't validated */
  constructor(
    private readonly resources: Resources,
    private readonly readObject: ReadObject | undefined,
  ) {}

  get handlers(): Handlers {
    const { resources } = this;
    return {
      CreateComponent: (input, caller) => this.create(input, caller),
      ListComponents: (input, caller) =>
        input["owner"] === "Amazon"
          ? listManaged(input, caller)
          : listVersions(resources, "component", "componentVersionList")(input, caller),
      ...getAndDelete(resources, "Component", "component", "componentBuildVersionArn"),
    };
  }

  /** Throws a {@link Fault} unless a recipe can contain the components. */
  assertFit(components: readonly RecipeComponent[], caller: Caller): void {
    for (const [index, { componentArn, parameters = [] }] of components.entries()) {
      this.resources.assertExists(componentArn, caller);
      assertSameRegion(componentArn, caller);
      const declared = this.parameters.get(componentArn);
      if (declared) assertParametersFit(index, parameters, declared);
    }
    const named = components.map(({ componentArn }) =>
      componentArn.replace(/\/[^/]*(\/\d+)?$/, ""),
    );
    if (new Set(named).size < named.length)
      throw new Fault(
        "InvalidParameterValueException",
        "A recipe must not contain a component twice.",
      );
  }

  private create(input: Input, caller: Caller): object {
    assertNameAndVersionFit(input);
    const { name, semanticVersion, ...rest } = input;
    if ((rest["data"] === undefined) === (rest["uri"] === undefined))
      throw new Fault(
        "InvalidParameterCombinationException",
        "A component must have either data or uri.",
      );
    if (String(rest["data"] ?? "").length > 16_000)
      throw new Fault(
        "InvalidParameterValueException",
        "The value of data must have at most 16,000 characters.",
      );
    const parameters = this.parametersOf(rest);
    const arn = this.resources.nextBuild(
      arnOf("component", name, caller, `/${semanticVersion}/`),
      rest,
    );
    if (parameters) this.parameters.set(arn, parameters);
    this.resources.create(arn, {
      name,
      version: semanticVersion,
      owner: caller.account,
      type: "BUILD",
      encrypted: true,
      ...rest,
    });
    return { componentBuildVersionArn: arn };
  }

  /** The parameters of a component; `undefined` if its document can't be read. */
  private parametersOf({ data, uri }: Input): DeclaredParameters | undefined {
    if (data !== undefined) return parametersIn(String(data));
    if (!this.readObject) return undefined;
    const document = this.readObject(String(uri));
    if (document === undefined)
      throw new Fault("InvalidParameterValueException", `The object '${uri}' doesn't exist.`);
    return parametersIn(document);
  }
}
