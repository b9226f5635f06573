import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import { useMemo } from "react";

import { api, unwrap } from "../../api/client";
import { useLoad } from "../../api/useLoad";

// What may be chosen as account, bucket, reason and theme: what the service has counted so far; as
// content type and extension: what has a risk.
// While it is loading, or may not be loaded, values can still be typed.
export function useFilterOptions(): PropertyFilterProps.FilteringOption[] {
  const outcomes = useLoad("outcomes", () => unwrap(api.GET("/outcomes")));
  const figures = useLoad("dashboard", () => unwrap(api.GET("/dashboard")));
  const contentTypes = useLoad("content types", () => unwrap(api.GET("/content-types")));
  const extensions = useLoad("file extensions", () => unwrap(api.GET("/file-extensions")));
  return useMemo(() => {
    const values = new Map<string, Set<string>>();
    const add = (propertyKey: string, value: string) => {
      if (!value) return;
      values.set(propertyKey, (values.get(propertyKey) ?? new Set()).add(value));
    };
    for (const row of outcomes.data?.outcomes ?? []) {
      add("account", row.accountId);
      add("bucket", row.bucket);
      add("reason", row.reason);
    }
    for (const row of contentTypes.data?.rows ?? []) {
      add("contentType", row.name);
      add("mimetype", row.name);
    }
    for (const row of extensions.data?.rows ?? []) add("filetype", row.name);
    for (const theme of figures.data?.themes ?? []) add("theme", theme.name);
    return [...values].flatMap(([propertyKey, known]) => [...known].sort().map((value) => ({ propertyKey, value })));
  }, [outcomes.data, figures.data, contentTypes.data, extensions.data]);
}
