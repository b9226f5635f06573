import { useCollection } from "@cloudscape-design/collection-hooks";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";

import { Empty } from "../../components/States";
import { formatCount } from "../../format";
import { settings as words } from "../../strings/settings";

interface Props<T> {
  title: string;
  description?: string;
  items: T[];
  columns: TableProps.ColumnDefinition<T>[];
  idOf: (item: T) => string;
  textOf: (item: T) => string; // what is searched
}

const kPageSize = 50;

// A table to search in, of things that are all here: the settings' lists are short.
export function SearchTable<T>({ title, description, items: all, columns, idOf, textOf }: Props<T>) {
  const { items, collectionProps, filterProps, filteredItemsCount, paginationProps } = useCollection(all, {
    filtering: {
      filteringFunction: (item, text) => textOf(item).toLowerCase().includes(text.toLowerCase()),
      empty: <Empty title={words.noMatch} />,
      noMatch: <Empty title={words.noMatch} />,
    },
    pagination: { pageSize: kPageSize },
    sorting: {},
  });
  return (
    <Table
      {...collectionProps}
      items={items}
      columnDefinitions={columns}
      trackBy={idOf}
      ariaLabels={{ tableLabel: title }}
      wrapLines
      header={
        <Header variant="h2" description={description} counter={`(${formatCount(all.length)})`}>
          {title}
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringAriaLabel={words.findLabel(title)}
          filteringPlaceholder={words.find}
          countText={words.matches(filteredItemsCount ?? 0)}
        />
      }
      pagination={all.length > kPageSize && <Pagination {...paginationProps} />}
    />
  );
}
