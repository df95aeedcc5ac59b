import { loadFactory } from "../../config/load";
import { synthFactory } from "../fixtures/synth";
import { authorizationReference } from "../iam/authorization-reference";
import { PolicyFixture } from "./policy-fixture";

/** The page that is generated from {@link exampleFixture}. */
export const SECURITY_PAGE = "docs/explanation/security.md";

export async function exampleFixture(): Promise<PolicyFixture> {
  const factory = loadFactory("examples/complete/factory.yaml");
  return new PolicyFixture(factory, synthFactory(factory), await authorizationReference());
}
