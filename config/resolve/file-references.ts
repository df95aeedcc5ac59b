import type { Path, Validated } from "../problems";
import type { ResolveContext } from "./context";

/** Collects the files that an entry names. */
export class FileReferences {
  /** Whether every file exists and is valid. */
  isComplete = true;

  constructor(
    private readonly path: Path,
    private readonly context: ResolveContext,
  ) {}

  /** Returns the file that the entry names at `key`. Reports a file that doesn't exist. */
  resolve<T>(
    files: ReadonlyMap<string, Validated<T>>,
    file: string,
    ...key: PropertyKey[]
  ): T | undefined {
    const found = files.get(file);
    if (!found) this.reportMissing(file, ...key);
    if (!found?.value) this.isComplete = false;
    return found?.value;
  }

  /** Reports that the file at `key` doesn't exist. */
  reportMissing(file: string, ...key: PropertyKey[]): void {
    this.isComplete = false;
    const similar = this.context.files.similar(file);
    const hint = similar === undefined ? "" : `, did you mean '${similar}'?`;
    this.context.report({
      rule: "file-exists",
      path: [...this.path, ...key],
      message: `must be an existing file, relative to the factory file${hint}`,
      got: file,
    });
  }
}
