import type { AppAccount, Buildable, Container, Factory, Image } from "../model";
import { SHARED_ACCOUNT } from "../names";
import type { Path, Problem } from "../problems";
import type { ContainerEntry } from "../schema/container";
import type { AppAccountEntry, FactoryFile } from "../schema/factory-file";
import type { ImageEntry } from "../schema/image";
import { resolveAccess } from "./build-access";
import { resolveContainer } from "./container";
import type { AccountEntry, ResolveContext, Resolved } from "./context";
import { type Files, pathsOf } from "./files";
import { resolveImage } from "./image";
import { parentProblems } from "./lineage";
import type { ValidEntries } from "./valid-entries";

/** A factory file, resolved. */
export interface Resolution {
  /** The factory with every image and container that could be resolved. */
  readonly factory: Factory;
  readonly accounts: readonly AccountEntry[];
  readonly images: readonly Resolved<Image>[];
  readonly containers: readonly Resolved<Container>[];
  readonly problems: readonly Problem[];
}

interface Unresolved<E> {
  readonly name: string;
  readonly path: Path;
  readonly entry: E;
  readonly account: AccountEntry;
}

type ResolveEntry<T extends Buildable, E> = (
  entry: Unresolved<E>,
  golden: T | undefined,
) => Resolved<T> | undefined;

/** Resolves entries of one kind, each once, golden parents before what is built on them. */
function resolveAll<
  T extends Buildable,
  E extends { readonly parent: { readonly kind: string; readonly name?: string } },
>(entries: readonly Unresolved<E>[], resolve: ResolveEntry<T, E>): Resolved<T>[] {
  const golden = new Map(
    entries
      .filter(({ account }) => account.name === SHARED_ACCOUNT)
      .map((unresolved) => [unresolved.name, unresolved]),
  );
  const resolved = new Map<Unresolved<E>, Resolved<T> | undefined>();
  const visit = (unresolved: Unresolved<E>): Resolved<T> | undefined => {
    if (resolved.has(unresolved)) return resolved.get(unresolved);
    // An image that is built on itself stays unresolved.
    resolved.set(unresolved, undefined);
    const { parent } = unresolved.entry;
    if (parent.kind !== "golden") {
      resolved.set(unresolved, resolve(unresolved, undefined));
    } else {
      const parentEntry = golden.get(parent.name as string);
      const image = parentEntry && visit(parentEntry)?.image;
      if (image) resolved.set(unresolved, resolve(unresolved, image));
    }
    return resolved.get(unresolved);
  };
  return entries.flatMap((unresolved) => visit(unresolved) ?? []);
}

function unresolvedOf<E>(
  entries: Readonly<Record<string, E>>,
  account: AccountEntry,
  path: Path,
): Unresolved<E>[] {
  return Object.entries(entries).map(([name, entry]) => ({
    name,
    entry,
    account,
    path: [...path, name],
  }));
}

function accountEntry(
  name: string,
  path: Path,
  {
    id,
    deployRole,
    regions,
    buildAccess,
  }: Pick<AppAccountEntry, "id" | "deployRole" | "regions" | "buildAccess">,
): AccountEntry {
  return {
    name,
    path,
    id,
    deployRole,
    regions: Object.keys(regions),
    buildAccess: resolveAccess(buildAccess),
  };
}

/**
 * Resolves the valid entries of a factory file: fills in defaults, and connects images with their
 * parents and files.
 */
export function resolveFactory({ file, invalidGolden }: ValidEntries, files: Files): Resolution {
  const problems: Problem[] = [];
  const context: ResolveContext = {
    defaults: file.defaults,
    files,
    report: (problem) => problems.push(problem),
  };
  const shared = accountEntry(SHARED_ACCOUNT, ["sharedAccount"], file.sharedAccount);
  const apps = Object.entries(file.appAccounts).map(([name, app]) => ({
    app,
    account: accountEntry(name, ["appAccounts", name], app),
  }));

  const imageEntries: Unresolved<ImageEntry>[] = [
    ...unresolvedOf(file.images, shared, ["images"]),
    ...apps.flatMap(({ app, account }) =>
      unresolvedOf<ImageEntry>(app.images, account, [...account.path, "images"]),
    ),
  ];
  const containerEntries: Unresolved<ContainerEntry>[] = [
    ...unresolvedOf(file.containers, shared, ["containers"]),
    ...apps.flatMap(({ app, account }) =>
      unresolvedOf<ContainerEntry>(app.containers, account, [...account.path, "containers"]),
    ),
  ];
  const golden = { image: file.images, container: file.containers };
  problems.push(
    ...parentProblems("image", imageEntries, golden, invalidGolden.image),
    ...parentProblems("container", containerEntries, golden, invalidGolden.container),
  );
  const images = resolveAll<Image, ImageEntry>(
    imageEntries,
    ({ name, entry, path, account }, parent) =>
      resolveImage(name, entry, path, account, parent, context),
  );
  const containers = resolveAll<Container, ContainerEntry>(
    containerEntries,
    ({ name, entry, path, account }, parent) =>
      resolveContainer(name, entry, path, account, parent, context),
  );
  const factory = assemble(file, { shared, apps, images, containers, files });
  const accounts = [shared, ...apps.map(({ account }) => account)];
  return { factory, accounts, images, containers, problems };
}

interface Parts {
  readonly shared: AccountEntry;
  readonly apps: readonly { readonly app: AppAccountEntry; readonly account: AccountEntry }[];
  readonly images: readonly Resolved<Image>[];
  readonly containers: readonly Resolved<Container>[];
  readonly files: Files;
}

function assemble(file: FactoryFile, { shared, apps, images, containers, files }: Parts): Factory {
  const account = (
    entry: AccountEntry,
    { notify, regions }: Pick<AppAccountEntry, "notify" | "regions">,
  ) => ({
    name: entry.name,
    id: entry.id,
    deployRole: entry.deployRole,
    emails: notify?.emails ?? [],
    regions: Object.entries(regions).map(([name, network]) => ({ name, ...network })),
    buildAccess: entry.buildAccess,
    images: images.filter((one) => one.account === entry).map(({ image }) => image),
    containers: containers.filter((one) => one.account === entry).map(({ image }) => image),
  });
  const { protect, updater, keyAdministrators, operators, evidence, notes, watermarks } =
    file.sharedAccount;
  return {
    organization: file.organization,
    state: file.state,
    tags: file.tags,
    protect,
    updater,
    keyAdministrators,
    operators,
    evidence,
    notes,
    watermarks,
    ci: file.ci,
    files: pathsOf(files),
    shared: account(shared, file.sharedAccount),
    apps: apps.map(
      ({ app, account: entry }): AppAccount => ({
        ...account(entry, app),
        autoScaling: app.autoScaling,
        fleet: app.fleet,
      }),
    ),
  };
}
