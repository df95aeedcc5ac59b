import type { ResourceChange } from "../../../cli/delivery/plan";

/** A resource's change as Terraform prints it. */
export function change(
  type: string,
  actions: string[],
  before: object | null,
  after: object | null,
  name = "x",
): ResourceChange {
  return {
    address: `${type}.${name}`,
    type,
    change: { actions, before, after } as ResourceChange["change"],
  };
}
