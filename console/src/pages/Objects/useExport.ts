import { useCallback, useEffect, useRef, useState } from "react";

import type { ApiError } from "../../api/client";
import { refusal, useFlash } from "../../components/frame";
import { formatCount } from "../../format";
import { objects as words } from "../../strings/objects";
import { type ExportFormat, exportObjects, saveFile } from "./exportObjects";
import type { ObjectFilter, ObjectOrder } from "./objectFilter";

// One export at a time: `rows` counts while it runs and is undefined when none does.
export function useExport(filter: ObjectFilter, order: ObjectOrder) {
  const flash = useFlash();
  const [rows, setRows] = useState<number>();
  const running = useRef<AbortController>();
  useEffect(() => () => running.current?.abort(), []);

  const start = useCallback(
    async (format: ExportFormat) => {
      const control = new AbortController();
      running.current = control;
      setRows(0);
      try {
        const exported = await exportObjects(filter, order, format, control.signal, setRows);
        saveFile(exported);
        const said = exported.cut ? words.exportCut : words.exportDone;
        flash({
          type: exported.cut ? "warning" : "success",
          content: said(formatCount(exported.rows), exported.name),
        });
      } catch (error) {
        if (control.signal.aborted) flash({ type: "info", content: words.exportCancelled });
        else flash(refusal(words.exportFailed, error as ApiError));
      } finally {
        setRows(undefined);
      }
    },
    [filter, order, flash],
  );
  const cancel = useCallback(() => running.current?.abort(), []);
  return { rows, start, cancel };
}
