import Badge, { type BadgeProps } from "@cloudscape-design/components/badge";

function colorOf(risk: number): BadgeProps["color"] {
  if (risk >= 8) return "severity-critical";
  if (risk >= 5) return "severity-high";
  if (risk >= 3) return "severity-medium";
  return risk > 0 ? "severity-low" : "grey";
}

// The risk as a number; its colour only repeats it.
export function RiskBadge({ risk }: { risk: number | undefined }) {
  return risk === undefined ? <>-</> : <Badge color={colorOf(risk)}>{risk}</Badge>;
}
