// Pages through the API and gathers the file. Nothing is kept but the lines themselves.
import { api, unwrap } from "../../api/client";
import { csvHeader, csvLine, jsonLine } from "./exportFormat";
import { apiQuery, type ObjectFilter, type ObjectOrder } from "./objectFilter";
import type { ObjectRecord } from "./objectRecord";

export const mostExported = 100_000;
const kPageSize = 1000;

export type ExportFormat = "csv" | "jsonl";

export interface Exported {
  file: Blob;
  name: string;
  rows: number;
  cut: boolean; // whether there are more
}

export type FetchPage = (nextToken: string | undefined) => Promise<{ objects: ObjectRecord[]; nextToken?: string }>;

// All lines up to `most`. Stops with an AbortError when `signal` says so.
export async function gatherLines(
  fetchPage: FetchPage,
  format: ExportFormat,
  signal: AbortSignal,
  onProgress: (rows: number) => void,
  most = mostExported,
): Promise<{ parts: string[]; rows: number; cut: boolean }> {
  const lineOf = format === "csv" ? csvLine : jsonLine;
  const parts: string[] = format === "csv" ? [csvHeader()] : [];
  let rows = 0;
  let token: string | undefined;
  do {
    signal.throwIfAborted();
    const page = await fetchPage(token);
    const taken = page.objects.slice(0, most - rows);
    parts.push(taken.map(lineOf).join(""));
    rows += taken.length;
    onProgress(rows);
    if (taken.length < page.objects.length) return { parts, rows, cut: true };
    token = page.nextToken;
  } while (token && rows < most);
  signal.throwIfAborted();
  return { parts, rows, cut: Boolean(token) };
}

export async function exportObjects(
  filter: ObjectFilter,
  order: ObjectOrder,
  format: ExportFormat,
  signal: AbortSignal,
  onProgress: (rows: number) => void,
): Promise<Exported> {
  const fetchPage: FetchPage = async (token) => {
    const query = apiQuery(filter, order, kPageSize, token);
    const page = await unwrap(api.GET("/objects", { params: { query }, signal }));
    return { objects: page.objects as unknown as ObjectRecord[], nextToken: page.nextToken };
  };
  const { parts, rows, cut } = await gatherLines(fetchPage, format, signal, onProgress);
  const day = new Date().toISOString().slice(0, 10);
  const type = format === "csv" ? "text/csv;charset=utf-8" : "application/x-ndjson";
  return { file: new Blob(parts, { type }), name: `assay-objects-${day}.${format}`, rows, cut };
}

// Hands the file to the browser's downloads.
export function saveFile(exported: Exported): void {
  const address = URL.createObjectURL(exported.file);
  const link = document.createElement("a");
  link.href = address;
  link.download = exported.name;
  link.click();
  URL.revokeObjectURL(address);
}
