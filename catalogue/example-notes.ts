/** Release notes of the example. */
import { comparePackages, countChanges } from "../contract/packages";
import { packagesOf } from "./package-table";
import type {
  Catalogue,
  CatalogueBuild,
  CatalogueChannel,
  CatalogueComponent,
  CatalogueFinding,
  CatalogueNote,
} from "./schema";

/** Returns whether the channels that are called stable may share a build. */
export function isApproved({ approvals }: CatalogueBuild): boolean {
  return approvals["stable"] !== undefined;
}

/** The version of a build's recipe. */
function recipeOf({ build }: CatalogueBuild): string {
  return build.replace(/\/.*/, "");
}

type Findings = CatalogueBuild["findings"];

function countBySeverity(list: readonly CatalogueFinding[]) {
  return [...new Set(list.map(({ severity }) => severity))].map((severity) => ({
    severity,
    count: list.filter((one) => one.severity === severity).length,
  }));
}

/** Returns the findings that other ones don't contain. */
function withoutTitles(findings: Findings, others: Findings) {
  const titles = others?.list.map(({ title }) => title) ?? [];
  return (findings?.list ?? [])
    .filter(({ title }) => !titles.includes(title))
    .map(({ title, severity }) => ({ title, severity }));
}

/**
 * Returns the release notes of the channels that share a build.
 *
 * @param builds - all builds of the Region, newest first
 * @param packages - packages of the catalogue, by their positions
 */
export function notesOf(
  components: readonly CatalogueComponent[],
  build: CatalogueBuild,
  builds: readonly CatalogueBuild[],
  channels: readonly CatalogueChannel[],
  packages: Catalogue["packages"],
): CatalogueNote[] {
  const older = builds.slice(builds.indexOf(build) + 1);
  return build.sharedIn.map((name) => {
    const isAutomatic = channels.some((one) => one.name === name && one.approval === "automatic");
    const from = older.find(
      (one) => one.status === "AVAILABLE" && (isAutomatic || isApproved(one)),
    );
    const { findings } = build;
    const before = from?.findings ?? findings;
    return {
      channel: name,
      approval: isAutomatic ? undefined : build.approvals[name],
      from: from?.build,
      recipe: { from: from && recipeOf(from), to: recipeOf(build) },
      parent: { from: from?.parent, to: build.parent },
      components: from && changedComponents(components, recipeOf(from) === recipeOf(build)),
      packages: from?.packages && packageCounts(from, build, packages),
      // Amazon ECR has the findings of containers.
      ...(build.containers.length === 0 && {
        findings: {
          before: from && before && countBySeverity(before.list),
          after: findings && countBySeverity(findings.list),
          added: from ? withoutTitles(findings, before) : [],
          removed: from ? withoutTitles(before, findings) : [],
        },
      }),
    };
  });
}

/** A new recipe has a newer version of the first component that had one before. */
function changedComponents(
  components: readonly CatalogueComponent[],
  isSameRecipe: boolean,
): NonNullable<CatalogueNote["components"]> {
  if (isSameRecipe) return [];
  const changes = components.flatMap(({ name, version = "" }) => {
    const [major, minor] = version.split(".").map(Number);
    return minor ? [{ name, from: `${major}.${minor - 1}.0`, to: version }] : [];
  });
  return changes.slice(0, 1);
}

function packageCounts(
  from: CatalogueBuild,
  to: CatalogueBuild,
  all: Catalogue["packages"],
): CatalogueNote["packages"] {
  return countChanges(comparePackages(packagesOf(all, from), packagesOf(all, to)));
}
