/** The packages of all builds, each once: most builds have most packages in common. */
import type { Package } from "../contract/packages";
import type { Catalogue, CatalogueBuild } from "./schema";

/** Positions in the list, ascending. A pair stands for all from its first to its last. */
type Positions = NonNullable<CatalogueBuild["packages"]>;

/** Shorter rows of positions take less space as single ones. */
const MIN_ROW = 3;

export class PackageTable {
  /** Names and versions. */
  readonly list: (readonly [string, string])[] = [];
  private readonly positions = new Map<string, number>();

  /** Adds packages, and returns their positions in the list. */
  positionsOf(packages: readonly Package[]): Positions {
    return pack(packages.map((one) => this.positionOf(one)));
  }

  private positionOf({ name, version }: Package): number {
    const key = JSON.stringify([name, version]);
    const known = this.positions.get(key);
    if (known !== undefined) return known;
    const position = this.list.push([name, version]) - 1;
    this.positions.set(key, position);
    return position;
  }
}

function pack(positions: readonly number[]): Positions {
  const rows: [number, number][] = [];
  for (const position of [...new Set(positions)].sort((one, other) => one - other)) {
    const row = rows.at(-1);
    if (row && position === row[1] + 1) row[1] = position;
    else rows.push([position, position]);
  }
  return rows.flatMap((row): Positions => (row[1] - row[0] + 1 < MIN_ROW ? rangeOf(row) : [row]));
}

function rangeOf([first, last]: readonly [number, number]): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Returns all positions, one by one. */
export function unpack(positions: Positions): number[] {
  return positions.flatMap((one) => (typeof one === "number" ? [one] : rangeOf(one)));
}

export function packagesOf(
  list: Catalogue["packages"],
  { packages = [] }: Pick<CatalogueBuild, "packages">,
): Package[] {
  return unpack(packages).flatMap((position) => {
    const [name, version] = list[position] ?? [];
    return name !== undefined && version !== undefined ? [{ name, version }] : [];
  });
}
