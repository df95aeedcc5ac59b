import { hadNoEffect } from "./outcome";

/** Something that EC2 created, or may have created without an answer. */
export class Creation {
  id: string | undefined;
  /** Whether it may exist though its ID isn't known. */
  isUnclear = false;

  /** Creates it. Throws the error of EC2. */
  async create(call: () => Promise<string | undefined>): Promise<string> {
    this.isUnclear = true;
    try {
      const id = await call();
      if (id === undefined) throw new Error("EC2 returned no ID");
      this.id = id;
      this.isUnclear = false;
      return id;
    } catch (error) {
      if (hadNoEffect(error)) this.isUnclear = false;
      throw error;
    }
  }

  /** Forgets it, because it doesn't exist any more. */
  clear(): void {
    this.id = undefined;
    this.isUnclear = false;
  }

  get mayExist(): boolean {
    return this.id !== undefined || this.isUnclear;
  }

  /** Returns its ID, or the IDs that a search finds if it is unclear whether it exists. */
  async ids(search: () => Promise<string[]>): Promise<string[]> {
    if (this.id !== undefined) return [this.id];
    return this.isUnclear ? search() : [];
  }
}
