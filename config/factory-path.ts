/** How messages write the path of a factory file, or of a file next to it. */
import { relative, resolve } from "node:path";
import { quoted } from "../contract/program";

/** Returns the factory file of commands that don't name one. */
export function defaultFactoryFile(): string {
  return process.env["FACTORY_CONFIG"] ?? "factory.yaml";
}

/** Renders a path for people: relative to the working directory if it is in it. */
export function shown(path: string): string {
  const short = relative("", path);
  return short === "" || short.startsWith("..") ? path : short;
}

/** Renders the option of a suggested command for a factory file, if the command needs it. */
export function configOption(factoryFile: string): string {
  const isDefault = resolve(factoryFile) === resolve(defaultFactoryFile());
  return isDefault ? "" : ` --config ${quoted(shown(factoryFile))}`;
}
