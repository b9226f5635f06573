// How the console writes sizes, money, counts and times. Units are binary, as the service's are.
const kUnits = ["bytes", "KB", "MB", "GB", "TB", "PB"];

export function formatSize(bytes: number): string {
  if (Math.abs(bytes) < 1024) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < kUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  // 1,023.99 KB must not become "1,024.0 KB".
  if (Math.abs(value) >= 1023.95 && unit < kUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 })} ${kUnits[unit]}`;
}

export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

// `dollars` is a decimal string with two places, which a double might not hold.
export function formatMoney(dollars: string): string {
  const [whole = "0", cents = "00"] = dollars.split(".");
  return `$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${cents.padEnd(2, "0")}`;
}

export function formatTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return at.toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" });
}

export function formatUtc(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function formatPercent(part: number, whole: number): string {
  if (whole <= 0) return "0%";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return "<0.1%";
  return `${percent.toLocaleString("en-US", { maximumFractionDigits: 1 })}%`;
}
