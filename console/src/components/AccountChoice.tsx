import Select from "@cloudscape-design/components/select";

import { api, unwrap } from "../api/client";
import { useLoad } from "../api/useLoad";

interface Props {
  label: string;
  all: string; // what stands for no choice
  account: string; // "" = all
  onChange: (account: string) => void;
}

// Narrows a page to one account.
export function AccountChoice({ label, all, account, onChange }: Props) {
  const load = useLoad("accounts", () => unwrap(api.GET("/accounts")));
  const options = [
    { value: "", label: all },
    ...(load.data?.accounts ?? []).map(({ accountId }) => ({ value: accountId, label: accountId })),
  ];
  return (
    <Select
      ariaLabel={label}
      inlineLabelText={label}
      options={options}
      selectedOption={options.find((option) => option.value === account) ?? { value: account, label: account }}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
    />
  );
}
