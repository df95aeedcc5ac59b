/** The model's patterns: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/ */
import { Fault, type Input } from "../protocol/rest-json";

const NAME = /^[-_A-Za-z-0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z-0-9]$/;
const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+$/;

export function assertMatches(member: string, value: unknown, pattern: RegExp): void {
  if (!pattern.test(String(value)))
    throw new Fault(
      "InvalidParameterValueException",
      `The value '${value}' of ${member} doesn't match ${pattern}.`,
    );
}

export function assertNameFits({ name }: Input): void {
  assertMatches("name", name, NAME);
}

export function assertNameAndVersionFit(input: Input): void {
  assertNameFits(input);
  assertMatches("semanticVersion", input["semanticVersion"], VERSION);
}
