// Prints a table of the report in four formats: HTML, Markdown, LaTeX
// (booktabs) and CSV.
#ifndef ANALYSIS_REPORT_TABLES_REPORT_TABLE_H_
#define ANALYSIS_REPORT_TABLES_REPORT_TABLE_H_

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace robbench {

// One field of a table.
struct ReportCell {
  std::string text;  // UTF-8, plain
  // What numeric columns are sorted by; the plain number also goes to CSV.
  double number = std::numeric_limits<double>::quiet_NaN();
  // Replaces the text in HTML only; already escaped.
  std::string html;
  // Replaces the text in CSV only.
  std::string csv;
};

// One column of a table.
struct ReportColumn {
  std::string label;
  std::string hint;  // shown on hover; may be empty
  bool numeric = false;
};

// The table. Text is UTF-8 and not escaped.
struct ReportTable {
  std::string name;  // "results": anchor and LaTeX label (AnchorName)
  std::string title;
  std::string note;
  std::vector<ReportColumn> columns;
  std::vector<std::vector<ReportCell>> rows;  // each as long as `columns`
  bool filter = false;                        // HTML: with a search box
  bool folded = false;                        // HTML: opened by a click
  // Of a table with a row a cell, in which the page looks cells up: the data
  // set's label, and the id of a cell's records without "-INDEX" (empty where
  // there are none). Its columns "code" and "index" name the cell.
  std::string cells_of;
  std::string records_of;
};

// A table of more rows than this is shown in pages: HTML has the first one and
// all rows as data for the script; Markdown and LaTeX have the first one and
// say so; CSV has all rows.
inline constexpr size_t kMostRowsAtOnce = 400;
inline constexpr size_t kRowsOfAPage = 20;
// Whether a table has more rows than kMostRowsAtOnce.
bool IsPaged(const ReportTable& table);

// Returns a <table> in a scrolling box: with a caption for screen readers,
// heads that are buttons to sort by, and the first code or text of a row as the
// head of that row. Controls are hidden until the page's script makes them
// work.
std::string HtmlTable(const ReportTable& table);

// Returns the title, the note and a table of GitHub's Markdown.
std::string MarkdownTable(const ReportTable& table);

// Returns a table environment for \usepackage{booktabs}. It is 7-bit text
// except for letters, which \usepackage[utf8]{inputenc} reads.
std::string LatexTable(const ReportTable& table);

// Returns CSV: the title, the heads and the rows, with plain numbers, and an
// empty line at the end.
std::string CsvTable(const ReportTable& table);

}  // namespace robbench

#endif  // ANALYSIS_REPORT_TABLES_REPORT_TABLE_H_
