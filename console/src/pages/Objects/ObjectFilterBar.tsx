import Alert from "@cloudscape-design/components/alert";
import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo, useState } from "react";

import { impacts, objects as words, outcomes, piiTypes } from "../../strings/objects";
import {
  filterFromTokens,
  filterProperties,
  type FilterToken,
  type ObjectFilter,
  tokensFromFilter,
} from "./objectFilter";
import { useFilterOptions } from "./useFilterOptions";

interface Props {
  filter: ObjectFilter;
  onChange: (filter: ObjectFilter) => void;
}

// Values that have a name of their own are shown by it.
const kNames: Record<string, Record<string, string>> = {
  outcome: outcomes,
  piiImpact: impacts,
  piiType: piiTypes,
  worldReadable: words.worldReadable,
};

const kProperties: PropertyFilterProps.FilteringProperty[] = filterProperties.map(({ key, group, operators }) => ({
  key,
  group,
  operators: (Object.keys(operators) as PropertyFilterProps.ComparisonOperator[]).map((operator) => ({
    operator,
    format: (value: string) => kNames[key]?.[value] ?? value,
  })),
  defaultOperator: Object.keys(operators)[0] as PropertyFilterProps.ComparisonOperator,
  propertyLabel: words.properties[key]![0],
  groupValuesLabel: words.properties[key]![1],
}));

const kGroups = Object.entries(words.propertyGroups).map(([group, properties]) => ({
  group,
  properties,
  values: properties,
}));

// What Amazon S3 defines; other stores may say other things, which can be typed.
const kKnown: Record<string, string[]> = {
  serverEncryption: ["none", "AES256", "aws:kms", "aws:kms:dsse"],
  storageClass: ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"],
  aclPermission: ["FULL_CONTROL", "READ", "READ_ACP", "WRITE_ACP"],
  aclGranteeType: ["CanonicalUser", "Group"],
  aclGranteeUri: ["AllUsers", "AuthenticatedUsers"].map((name) => `http://acs.amazonaws.com/groups/global/${name}`),
};

const kRisks = filterProperties.filter((property) => property.kind === "risk").map((property) => property.key);

const kFixed: PropertyFilterProps.FilteringOption[] = [
  ...kRisks.flatMap((propertyKey) =>
    Array.from({ length: 11 }, (_, risk) => ({ propertyKey, value: String(10 - risk) })),
  ),
  ...Object.entries(kNames).flatMap(([propertyKey, names]) =>
    Object.entries(names).map(([value, label]) => ({ propertyKey, value, label })),
  ),
  ...Object.entries(kKnown).flatMap(([propertyKey, values]) => values.map((value) => ({ propertyKey, value }))),
];

function spelled(token: FilterToken): string {
  const name = words.properties[token.propertyKey ?? ""]?.[0];
  return name ? `${name} ${token.operator} ${token.value}` : token.value;
}

export function ObjectFilterBar({ filter, onChange }: Props) {
  const [refused, setRefused] = useState<FilterToken[]>([]);
  const known = useFilterOptions();
  const options = useMemo(() => [...kFixed, ...known], [known]);
  return (
    <SpaceBetween size="xs">
      <PropertyFilter
        query={{ tokens: tokensFromFilter(filter) as PropertyFilterProps.Token[], operation: "and" }}
        hideOperations
        disableFreeTextFiltering
        expandToViewport
        filteringProperties={kProperties}
        customGroupsText={kGroups}
        filteringOptions={options}
        filteringPlaceholder={words.filterPlaceholder}
        filteringAriaLabel={words.filterLabel}
        onChange={({ detail }) => {
          const read = filterFromTokens(detail.tokens as FilterToken[]);
          setRefused(read.refused);
          onChange(read.filter);
        }}
      />
      {refused.length > 0 && (
        <Alert type="warning" dismissible onDismiss={() => setRefused([])}>
          {words.refused} {refused.map(spelled).join("; ")}. {words.refusedHint}
        </Alert>
      )}
    </SpaceBetween>
  );
}
