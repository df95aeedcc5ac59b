/**
 * A factory as a graph, read from the synthesized Terraform: accounts, pipelines, shares and
 * audiences.
 */
import { accountsOf, buildablesOf, type Factory } from "../../config/model";
import { stateStackId } from "../../config/names";
import { parseShareTags, type ShareTags } from "../../contract/share-tags";

// biome-ignore lint/suspicious/noExplicitAny: Terraform JSON has no types
type Json = any;

/** Terraform JSON by stack. */
export type Stacks = Readonly<Record<string, Json>>;

export interface Node {
  readonly id: string;
  readonly kind: "pipeline" | "share" | "audience" | "summary";
  /**
   * Account, image and channel, such as `shared/base/stable`. A pipeline and its shares have the
   * same in every Region.
   */
  readonly key: string;
  readonly lines: readonly string[];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /**
   * Whether the edge leads to an image from its parent, which Image Builder resolves at build time.
   */
  readonly isParent?: boolean;
}

/** A frame around nodes. */
export interface Group {
  readonly id: string;
  readonly label: string;
  readonly nodes: readonly Node[];
}

interface AccountRegion extends Group {
  readonly account: string;
  readonly region: string;
}

export interface Graph {
  readonly accountRegions: readonly AccountRegion[];
  /** Nodes that are in no account of the factory. */
  readonly audiences: readonly Node[];
  readonly edges: readonly Edge[];
}

/**
 * Keys of {@link Node} and names of accounts, in the order of the factory file. Terraform JSON
 * doesn't have it.
 */
export type FactoryOrder = readonly string[];

export function orderOf(factory: Factory): FactoryOrder {
  return accountsOf(factory).flatMap((account) => [
    account.name,
    ...buildablesOf(account).flatMap(({ recipe, channels }) => [
      recipe,
      ...channels.map(({ name }) => `${recipe}/${name}`),
    ]),
  ]);
}

function byName(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

type Compare = (one: string, other: string) => number;

/** Sorts what isn't in the order behind the rest, by name. */
function comparator(order: FactoryOrder): Compare {
  const positions = new Map(order.map((key, position) => [key, position]));
  const positionOf = (key: string): number => positions.get(key) ?? order.length;
  return (one, other) => positionOf(one) - positionOf(other) || byName(one, other);
}

/** A stack of an account in a Region. */
interface Stack {
  readonly account: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  /** ID of the account and Region. Several stacks can have the same: eu-west-1, eu-west-1-web. */
  readonly at: string;
  readonly json: Json;
}

/** A channel in a Region. */
interface Share {
  readonly at: string;
  readonly node: Node;
  /** ID of the image's pipeline. */
  readonly pipeline: string;
  /** Account IDs, or ARNs of OUs or of the organization. */
  readonly principals: readonly string[];
}

/** An image in a Region. */
interface Pipeline {
  readonly at: string;
  readonly node: Node;
  /** 12 digits. */
  readonly accountId: string;
  /** @default - its parent isn't in the factory */
  readonly golden?: GoldenParent | undefined;
}

interface GoldenParent {
  readonly pipeline: string;
  readonly accountId: string;
  /** Versions that the recipe accepts. */
  readonly range: string;
}

/**
 * Creates the graph of a factory. State stacks aren't part of it.
 *
 * @param order the order of nodes. @default - by name
 */
export function graphOf(all: Stacks, order: FactoryOrder = []): Graph {
  const compare = comparator(order);
  const stacks = Object.entries(all)
    .filter(([stack]) => !stack.startsWith(stateStackId("")))
    .map(([stack, json]) => stackOf(stack, json))
    .sort((one, other) => compare(one.account, other.account) || byName(one.at, other.at));
  const shares = stacks
    .flatMap(sharesOf)
    .sort((one, other) => compare(one.node.key, other.node.key));
  const pipelines = stacks
    .flatMap((stack) => recipesOf(stack.json).map((recipe) => pipelineOf(stack, recipe, stacks)))
    .sort((one, other) => compare(one.node.key, other.node.key));
  const parents = pipelines.flatMap((pipeline) => parentEdges(pipeline, shares));
  const audiences = audiencesOf(shares, parents, stacks);
  return {
    accountRegions: accountRegionsOf(stacks, [...pipelines, ...shares]),
    audiences: audiences.nodes,
    edges: [
      ...shares.map(({ pipeline, node }) => ({ from: pipeline, to: node.id })),
      ...audiences.edges,
      ...parents,
    ],
  };
}

/** Returns the places that build images. The pipelines that copy to a Region name it. */
function accountRegionsOf(
  stacks: readonly Stack[],
  items: readonly { readonly at: string; readonly node: Node }[],
): AccountRegion[] {
  const places = new Map(stacks.map((stack) => [stack.at, stack]));
  return [...places.values()].flatMap(({ at, account, accountId, region }) => {
    const nodes = items.filter((item) => item.at === at).map(({ node }) => node);
    const label = `${account} · ${accountId} · ${region}`;
    return nodes.length > 0 ? [{ id: at, account, region, label, nodes }] : [];
  });
}

function resourcesOf(json: Json, type: string): Json[] {
  return Object.values(json.resource?.[type] ?? {});
}

function stackOf(stack: string, json: Json): Stack {
  const [{ region, allowed_account_ids: accounts }] = json.provider.aws;
  const account = stack.slice(0, stack.indexOf(`-${region}`));
  return { account, accountId: accounts[0], region, at: `${account}-${region}`, json };
}

function pipelineId(accountRegion: string, image: string): string {
  return `${accountRegion}/pipeline/${image}`;
}

function describeConditions({ keep, bakeHours, approval }: ShareTags): string {
  return [
    keep === 1 ? "the newest build" : `the newest ${keep} builds`,
    ...(bakeHours === 0 ? [] : [`at least ${bakeHours} h old`]),
    ...(approval === "required" ? ["approved"] : []),
  ].join(", ");
}

function principalKind(principal: string): "organization" | "OU" | "account" {
  if (principal.includes(":organization/")) return "organization";
  return principal.includes(":ou/") ? "OU" : "account";
}

function principalName(principal: string): string {
  return principal.split("/").at(-1) ?? principal;
}

function sharesOf({ at, account, json }: Stack): Share[] {
  const associations = resourcesOf(json, "aws_ram_principal_association");
  const shares = Object.entries<Json>(json.resource?.aws_ram_resource_share ?? {});
  return shares.flatMap(([name, share]) => {
    const tags = parseShareTags(share.tags);
    if (!tags) return [];
    const { image, channel } = tags;
    const node: Node = {
      id: `${at}/share/${image}/${channel}`,
      kind: "share",
      key: `${account}/${image}/${channel}`,
      lines: [`${image} / ${channel}`, describeConditions(tags)],
    };
    const principals = associations
      .filter(({ resource_share_arn: arn }) => arn.includes(`aws_ram_resource_share.${name}.`))
      .map(({ principal }) => principal);
    return [{ at, node, pipeline: pipelineId(at, image), principals }];
  });
}

/**
 * Returns why an account sees the builds of a channel: nothing needs to be added if the channel
 * names the account. Terraform doesn't know the accounts of an OU.
 */
function membershipIn(principals: readonly string[], accountId: string): string | undefined {
  if (principals.includes(accountId)) return "";
  if (principals.some((principal) => principalKind(principal) === "organization"))
    return "organization";
  const units = principals.filter((principal) => principalKind(principal) === "OU");
  if (units.length === 0) return undefined;
  return units.length === 1
    ? `if in ${units.map(principalName)}`
    : `if in one of ${units.length} OUs`;
}

/**
 * Returns the edges from the golden parent of an image: in the shared account from the pipeline of
 * the parent, to an app account from each channel that serves the account.
 */
function parentEdges({ node, accountId, golden }: Pipeline, shares: readonly Share[]): Edge[] {
  if (!golden) return [];
  const { pipeline, range } = golden;
  const edge = { to: node.id, isParent: true };
  if (golden.accountId === accountId) return [{ ...edge, from: pipeline, label: range }];
  return shares.flatMap((share) => {
    const membership = membershipIn(share.principals, accountId);
    if (share.pipeline !== pipeline || membership === undefined) return [];
    const label = membership === "" ? range : `${range}\n${membership}`;
    return [{ ...edge, from: share.node.id, label }];
  });
}

/** Number of accounts or OUs of a channel that are drawn. More become one node. */
const MAX_PRINCIPALS = 10;

/**
 * Returns the audiences, with edges from their shares. An account that builds on the share's builds
 * isn't drawn a second time.
 */
function audiencesOf(
  shares: readonly Share[],
  parents: readonly Edge[],
  stacks: readonly Stack[],
): { readonly nodes: Node[]; readonly edges: Edge[] } {
  const nodes = new Map<string, Node>();
  const edges: Edge[] = [];
  const ids = new Map(stacks.map(({ at, accountId }) => [at, accountId]));
  const names = new Map(stacks.map(({ accountId, account }) => [accountId, account]));
  for (const { node: share, principals } of shares) {
    const served = parents
      .filter(({ from }) => from === share.id)
      .map(({ to }) => ids.get(to.slice(0, to.indexOf("/"))));
    const others = principals.filter((principal) => !served.includes(principal));
    const audiences =
      others.length > MAX_PRINCIPALS
        ? [manyPrincipals(share, others)]
        : others.map((principal) => audienceOf(principal, names));
    for (const audience of audiences) {
      nodes.set(audience.id, audience);
      edges.push({ from: share.id, to: audience.id });
    }
  }
  return { nodes: [...nodes.values()], edges };
}

function audienceOf(principal: string, accounts: ReadonlyMap<string, string>): Node {
  const name = principalName(principal);
  const account = accounts.get(name);
  const kind = account === undefined ? principalKind(principal) : `account ${account}`;
  return { id: `audience/${name}`, kind: "audience", key: name, lines: [kind, name] };
}

function manyPrincipals({ id, key }: Node, principals: readonly string[]): Node {
  const [first = ""] = principals;
  const lines = [`${principals.length} ${principalKind(first)}s`];
  return { id: `audience/${id}`, kind: "audience", key, lines };
}

/** Returns the Regions that an image's AMIs are copied to. */
function copyRegions(json: Json, image: string): string[] {
  const distribution = resourcesOf(json, "aws_imagebuilder_distribution_configuration").find(
    ({ name }) => name === image,
  );
  const regions: string[] = (distribution?.distribution ?? []).map(({ region }: Json) => region);
  return regions.filter((region) => region !== json.provider.aws[0].region);
}

/** Returns the image recipes and container recipes of a stack. */
function recipesOf(json: Json): Json[] {
  return [
    ...resourcesOf(json, "aws_imagebuilder_image_recipe"),
    ...resourcesOf(json, "aws_imagebuilder_container_recipe"),
  ];
}

const PARENT_ARN = /:imagebuilder:([^:]+):(\d{12}):image\/([^/]+)\/(.+)$/;

function goldenParentOf(parent: string, stacks: readonly Stack[]): GoldenParent | undefined {
  const [, region, account, image = "", range = ""] = PARENT_ARN.exec(parent) ?? [];
  const stack = stacks.find(
    (one) =>
      one.region === region &&
      one.accountId === account &&
      recipesOf(one.json).some(({ name }) => name === image),
  );
  return stack && { pipeline: pipelineId(stack.at, image), accountId: stack.accountId, range };
}

/**
 * Shortens the parent of a recipe: an AWS-managed image to its name and version, a long SSM path to
 * its beginning.
 */
function parentLabel(parent: string): string {
  const name = parent.split(":image/").at(-1) ?? parent;
  return name.replace(/^(ssm:(?:\/?[^/]+){4}).+$/, "$1/…");
}

function pipelineOf(
  { at, account, accountId, json }: Stack,
  recipe: Json,
  stacks: readonly Stack[],
): Pipeline {
  const { name, version, parent_image: parent, container_type: containerType } = recipe;
  const golden = goldenParentOf(parent, stacks);
  const copies = copyRegions(json, name);
  const lines = [
    `${name} ${version}${containerType ? ", container" : ""}`,
    ...(golden ? [] : [`on ${parentLabel(parent)}`]),
    ...(copies.length > 0 ? [`copied to ${copies.join(", ")}`] : []),
  ];
  const node: Node = {
    id: pipelineId(at, name),
    kind: "pipeline",
    key: `${account}/${name}`,
    lines,
  };
  return { at, node, accountId, golden };
}
