import { loadFactory } from "../../config/load";
import { synthFactory } from "../support/synth";
import { iam } from "./iam";
import { Subject } from "./subject";

/** What the page about security is generated from, and into. */
export const PAGE = "docs/security.md";

export const exampleSubject = async (): Promise<Subject> => {
  const factory = loadFactory("examples/complete/factory.yaml");
  return new Subject(factory, synthFactory(factory), await iam());
};
