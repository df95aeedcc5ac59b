import { loadFactory } from "../../config/load";
import { synthFactory } from "../fixtures/synth";
import { iam } from "../iam/iam";
import { PolicyFixture } from "./policy-fixture";

/** What the page about security is generated from, and into. */
export const PAGE = "docs/security.md";

export async function exampleSubject(): Promise<PolicyFixture> {
  const factory = loadFactory("examples/complete/factory.yaml");
  return new PolicyFixture(factory, synthFactory(factory), await iam());
}
