/** The callers of the functions. */
import { deepStrictEqual, ok } from "node:assert";
import type { Principal } from "../../iam/evaluate";
import { administrator } from "../policy-fixture";
import { checkEach, type FunctionName, type Proof, SERVICES, topicsOf } from "./support";

/** Ends of the names of the rules that invoke each function. Others send messages to its queue. */
const RULES_OF_FUNCTIONS: Readonly<Record<FunctionName, readonly string[]>> = {
  "share-updater": ["", "-full"],
  rebuilder: [""],
  // Its queue and operators invoke it, by IAM policies.
  recorder: [],
};

const FUNCTIONS: Proof = {
  name: "only the factory's schedules and event rules can invoke its functions",
  check: (fixture) => {
    const { stacks } = fixture;
    checkEach(stacks.resourcesOf("aws_lambda_function"), (lambda) => {
      const { stack, account, region, config } = lambda;
      const [topic] = topicsOf(stacks, "notifications", stack);
      const rules = stacks.resourcesOf("aws_cloudwatch_event_rule", stack);
      const [, suffixes] =
        Object.entries(RULES_OF_FUNCTIONS).find(([name]) => config.function_name.endsWith(name)) ??
        [];
      const own = suffixes?.map((suffix) => `${config.function_name}${suffix}`);
      ok(topic && own, `${stack}: ${config.function_name} must be a known function`);
      const [ownRules, otherRules] = [true, false].map((isOwn) =>
        rules
          .filter((rule) => own.includes(rule.config.name) === isOwn)
          .map((rule) => stacks.arnOf(rule)),
      ) as [string[], string[]];
      deepStrictEqual(ownRules.length, own.length, `${stack} must contain the rules ${own}`);
      const actions = (by: Principal, source: string): string[] =>
        fixture.allowed("lambda", by, stacks.arnOf(lambda), account, { "aws:SourceArn": source });
      const others = [
        ...otherRules,
        stacks.arnOf(topic),
        `arn:aws:events:${region}:${account}:rule/other`,
      ];
      for (const source of [...ownRules, ...others]) {
        for (const by of SERVICES) {
          const isRule = by.service === "events.amazonaws.com" && ownRules.includes(source);
          deepStrictEqual(
            actions(by, source),
            isRule ? ["InvokeFunction"] : [],
            `${by.service} for ${source}`,
          );
        }
        for (const other of fixture.accounts)
          if (other.account !== account)
            deepStrictEqual(actions(administrator(other), source), [], other.account);
      }
    });
  },
};

export const CALLERS: readonly Proof[] = [FUNCTIONS];
