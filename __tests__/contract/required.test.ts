import { required } from "../../contract/required";

test("required returns a value, and throws an error that names a missing value", () => {
  expect(required("profile", "the instance profile")).toBe("profile");
  expect(() => required(undefined, "the instance profile")).toThrow(
    new Error("the instance profile is missing"),
  );
});
