import { useState } from "react";

import type { ApiError } from "../../api/client";
import { useFlash } from "../../components/frame";
import { settings as words } from "../../strings/settings";

export function useSave() {
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const save = async (change: () => Promise<unknown>, done = words.saved): Promise<boolean> => {
    setBusy(true);
    setError(undefined);
    try {
      await change();
      if (done) flash({ type: "success", content: done });
      setBusy(false);
      return true;
    } catch (refused) {
      setError(refused as ApiError);
      setBusy(false);
      return false;
    }
  };
  return { busy, error, save };
}
