import Button, { type ButtonProps } from "@cloudscape-design/components/button";

import { common } from "../strings/common";
import { useSession } from "./session";

// A button for something that changes the service: users who may only look see why they may not.
export function ChangeButton(props: ButtonProps) {
  const { session } = useSession();
  if (!session.readOnly) return <Button {...props} />;
  return <Button {...props} disabled disabledReason={common.readOnlyReason} />;
}
