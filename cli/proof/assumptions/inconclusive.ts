/** The experiment couldn't find out, for a reason that says nothing about the assumption. */
export class Inconclusive extends Error {
  override readonly name = "Inconclusive";
}
