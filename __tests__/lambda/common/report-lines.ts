import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";

type Line = Record<string, unknown>;

/** Returns the JSON lines that a report of a service prints while `use` runs. */
export function linesOf(
  serviceName: string,
  use: (logger: Logger, metrics: Metrics) => void,
): Line[] {
  const lines: string[] = [];
  const capture = (...line: unknown[]): boolean => lines.push(String(line[0])) > 0;
  const logger = new Logger({ serviceName });
  const metrics = new Metrics({ namespace: "GoldenImageFactory", serviceName });
  const spies = [
    ...(["log", "info", "warn", "error"] as const).map((method) =>
      jest.spyOn(console, method).mockImplementation(capture),
    ),
    jest.spyOn(process.stdout, "write").mockImplementation((text) => capture(String(text))),
    jest.spyOn(process.stderr, "write").mockImplementation((text) => capture(String(text))),
  ];
  const capturing = { log: capture, info: capture, warn: capture, error: capture };
  Object.assign(logger, { console: { ...console, ...capturing } });
  try {
    use(logger, metrics);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return lines
    .flatMap((text) => text.split("\n").filter((line) => line.startsWith("{")))
    .map((line) => JSON.parse(line));
}

export function metric(lines: readonly Line[], name: string): Line | undefined {
  return lines.find((line) => name in line && "_aws" in line);
}

export function logs(lines: readonly Line[]): Line[] {
  return lines.filter((line) => "level" in line);
}
