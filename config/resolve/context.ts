import type { BuildAccess, Buildable, Container, Image } from "../model";
import type { Path, Problem } from "../problems";
import type { ContainerEntry } from "../schema/container";
import type { FactoryFile } from "../schema/factory-file";
import type { ImageEntry } from "../schema/image";
import type { Files } from "./files";

/** An account of a factory file. */
export interface AccountEntry {
  readonly name: string;
  readonly path: Path;
  readonly id: string;
  readonly deployRole: string | undefined;
  readonly regions: readonly string[];
  readonly buildAccess: BuildAccess;
}

/** An image or container with its entry in the factory file. */
export interface Resolved<T extends Buildable = Buildable> {
  readonly image: T;
  readonly entry: T extends Image
    ? ImageEntry
    : T extends Container
      ? ContainerEntry
      : ImageEntry | ContainerEntry;
  /** Where the entry is in the factory file. */
  readonly path: Path;
  readonly account: AccountEntry;
  /**
   * Whether every file that it names exists and is valid. Rules about components and workflows wait
   * for that.
   */
  readonly isComplete: boolean;
}

/** Context in which entries are resolved. */
export interface ResolveContext {
  readonly defaults: FactoryFile["defaults"];
  readonly files: Files;
  readonly report: (problem: Problem) => void;
}
