/** Every small way in which a statement of a policy could be wrong. */
import type { Statement } from "../iam/evaluate";

export interface Mutant {
  readonly what: string;
  /** @default - the statement is gone */
  readonly statement?: Statement;
}

function list(values: string | readonly string[] | undefined): readonly string[] {
  return values === undefined ? [] : [values].flat();
}

function without<T>(items: readonly T[], item: T): T[] {
  return items.filter((one) => one !== item);
}

function ofActions(statement: Statement): Mutant[] {
  const actions = list(statement.Action);
  const services = [...new Set(actions.map((action) => action.split(":")[0]))];
  const wider = services
    .map((service) => `${service}:*`)
    .filter((action) => !actions.includes(action));
  return [
    ...wider.map((action) => ({
      what: `widen to ${action}`,
      statement: { ...statement, Action: [...actions, action] },
    })),
    ...(actions.length > 1
      ? actions.map((action) => ({
          what: `drop ${action}`,
          statement: { ...statement, Action: without(actions, action) },
        }))
      : []),
  ];
}

function ofResources(statement: Statement): Mutant[] {
  const resources = list(statement.Resource);
  if (resources.length === 0 || resources.includes("*")) return [];
  return [
    { what: "widen to any resource", statement: { ...statement, Resource: "*" } },
    ...(resources.length > 1
      ? resources.map((resource) => ({
          what: `drop ${resource}`,
          statement: { ...statement, Resource: without(resources, resource) },
        }))
      : []),
  ];
}

function ofConditions({ Condition = {}, ...rest }: Statement): Mutant[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, wanted]) => {
      const { [key]: _dropped, ...others } = keys;
      const narrowed = { ...keys, [key]: list(wanted).map((value) => `${value}-else`) };
      const kept = list(wanted);
      return [
        {
          what: `drop ${operator} ${key}`,
          statement: { ...rest, Condition: { ...Condition, [operator]: others } },
        },
        {
          what: `change ${operator} ${key}`,
          statement: { ...rest, Condition: { ...Condition, [operator]: narrowed } },
        },
        ...(kept.length > 1
          ? kept.map((value) => ({
              what: `drop ${value} of ${key}`,
              statement: {
                ...rest,
                Condition: { ...Condition, [operator]: { ...keys, [key]: without(kept, value) } },
              },
            }))
          : []),
      ];
    }),
  );
}

/** An operator's quantifier is gone, or another operator is there. */
function ofOperators({ Condition = {}, ...rest }: Statement): Mutant[] {
  return Object.entries(Condition).flatMap(([operator, keys]) => {
    const { [operator]: _old, ...others } = Condition;
    const quantifier = /^(ForAnyValue|ForAllValues):/.exec(operator)?.[0];
    const other = operator === "Null" ? [] : [operator.includes("Bool") ? "StringEquals" : "Bool"];
    return [...(quantifier ? [operator.replace(quantifier, "")] : []), ...other]
      .filter((name) => !(name in others))
      .map((name) => ({
        what: `${name} for ${operator}`,
        statement: { ...rest, Condition: { ...others, [name]: keys } },
      }));
  });
}

function ofPrincipal(statement: Statement): Mutant[] {
  return statement.Principal === undefined || statement.Principal === "*"
    ? []
    : [
        { what: "widen to any principal", statement: { ...statement, Principal: "*" } },
        {
          what: "another principal",
          statement: { ...statement, Principal: { AWS: "arn:aws:iam::888888888888:root" } },
        },
      ];
}

export function mutantsOf(statement: Statement): Mutant[] {
  return [
    { what: "drop" },
    {
      what: "flip",
      statement: { ...statement, Effect: statement.Effect === "Allow" ? "Deny" : "Allow" },
    },
    ...ofActions(statement),
    ...ofResources(statement),
    ...ofConditions(statement),
    ...ofOperators(statement),
    ...ofPrincipal(statement),
  ];
}
