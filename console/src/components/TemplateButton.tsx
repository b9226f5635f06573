import Button from "@cloudscape-design/components/button";
import { useState } from "react";

import { api, type ApiError, unwrap } from "../api/client";
import { download } from "./download";
import { refusal, useFlash } from "./frame";

// Downloads a CloudFormation template with the master account filled in.
export function TemplateButton({ name, children }: { name: "master" | "member"; children: string }) {
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const get = async () => {
    setBusy(true);
    try {
      const file = await unwrap(api.GET("/templates/{name}", { params: { path: { name } } }));
      download(file.fileName, file.template, "application/yaml");
    } catch (error) {
      flash(refusal(children, error as ApiError));
    }
    setBusy(false);
  };
  return (
    <Button iconName="download" loading={busy} onClick={() => void get()}>
      {children}
    </Button>
  );
}
