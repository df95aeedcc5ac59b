import type { Package } from "../../contract/evidence";

/** The packages of all builds, each once: most builds have most packages in common. */
export class PackageTable {
  /** Names and versions. */
  readonly list: (readonly [string, string])[] = [];
  private readonly positions = new Map<string, number>();

  /** Adds packages, and returns their positions in the list. */
  positionsOf(packages: readonly Package[]): number[] {
    return packages.map(({ name, version }) => {
      const key = JSON.stringify([name, version]);
      const known = this.positions.get(key);
      if (known !== undefined) return known;
      const position = this.list.push([name, version]) - 1;
      this.positions.set(key, position);
      return position;
    });
  }
}
