/** Checks the pipelines that stacks create. Before the first deployment it doesn't apply. */
import { check, failed, notApplicable, type Observation, warning } from "../../check";
import { NOT_DEPLOYED } from "./messages";

export const pipelines = check({
  id: "pipelines",
  title: "Each image has a pipeline, which is enabled unless factory.yaml disables it",
  scope: "region",
  calls: ["imagebuilder:ListImagePipelines"],
  async run({ buildables, at: { region }, pages }) {
    if (buildables.length === 0) return [notApplicable("the account builds nothing here")];
    const lists = await pages("imagebuilder:ListImagePipelines", {});
    const found = new Map(
      lists.flatMap(({ imagePipelineList = [] }) =>
        imagePipelineList.map((pipeline) => [pipeline.name, pipeline] as const),
      ),
    );
    if (!buildables.some(({ name }) => found.has(name))) return [notApplicable(NOT_DEPLOYED)];
    return buildables.flatMap(({ name, enabled }): Observation[] => {
      const pipeline = found.get(name);
      if (pipeline === undefined)
        return [
          warning(`${name}: not deployed yet`, `apply the stack that builds ${name} in ${region}`),
        ];
      if (!enabled || pipeline.status !== "DISABLED") return [];
      const failures = pipeline.consecutiveFailures ?? 0;
      return [
        failed(
          `${name}: the pipeline is disabled${failures > 0 ? `, after ${failures} failed builds` : ""}`,
          "fix the build (see docs/guides/operations.md#a-build-failed), and apply the stack again",
        ),
      ];
    });
  },
});
