// //analysis:report: one page and its tables in three more formats.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/benchmark_table.h"
#include "analysis/deviation.h"
#include "analysis/figure_style.pb.h"
#include "analysis/ntk_study.pb.h"
#include "analysis/ntk_study_tables.h"
#include "analysis/read_statistics.h"
#include "analysis/report_content.h"
#include "analysis/report_page.h"
#include "analysis/report_table.h"
#include "analysis/reproduction.h"
#include "analysis/reproduction.pb.h"
#include "analysis/search.pb.h"
#include "analysis/search_tables.h"
#include "analysis/theory_figure.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "ntk/theory/theory.pb.h"

ABSL_FLAG(std::string, table, "", "what //analysis:collect wrote (required)");
ABSL_FLAG(std::string, statistics, "",
          "what //analysis:statistics wrote of it (required)");
ABSL_FLAG(robbench::PathList<struct FiguresFlag>, figures, {},
          "a directory of //analysis:figures or :paper_figures, once for each "
          "(required)");
ABSL_FLAG(std::string, published, "",
          "a table of //analysis:import_published to compare with");
ABSL_FLAG(std::string, search, "", "what //analysis:search wrote of the table");
ABSL_FLAG(robbench::PathList<struct ReproductionFlag>, reproduction, {},
          "a textproto ReproducedRun to compare with the table, which is the "
          "published one; once for each");
ABSL_FLAG(std::string, reproduction_dataset_spec, "",
          "the textproto that their data set was preprocessed by");
ABSL_FLAG(std::string, width_study, "", "what //:width_study wrote");
ABSL_FLAG(std::string, bound_study, "", "what //:bound_study wrote");
ABSL_FLAG(std::string, ntk_study, "",
          "what //analysis:correlate_ntk wrote of the table");
ABSL_FLAG(std::string, out_dir, "",
          "an existing directory for index.html, tables.md, tables.tex and "
          "tables.csv (required)");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Writes the report of a benchmark.

  report --table=table.binpb --statistics=statistics.binpb \
      --figures=figures --out_dir=report [--published=table.binpb] \
      [--search=search.binpb] [--ntk_study=study.binpb] \
      [--width_study=width_study.binpb] [--bound_study=bound_study.binpb] \
      [--reproduction=run.textproto [--reproduction=...] \
       --reproduction_dataset_spec=cifar10.textproto])";

constexpr uint64_t kMaxDrawingBytes = 64 << 20;

absl::Status WriteReport(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string statistics_path = absl::GetFlag(FLAGS_statistics);
  const std::vector<std::string> directories =
      absl::GetFlag(FLAGS_figures).paths;
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("statistics", statistics_path));
  ROBBENCH_RETURN_IF_ERROR(
      RequireFlag("figures", absl::StrJoin(directories, " ")));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  const std::string page_path = directory + "/index.html";
  const std::string markdown_path = directory + "/tables.md";
  const std::string latex_path = directory + "/tables.tex";
  const std::string csv_path = directory + "/tables.csv";
  ROBBENCH_ASSIGN_OR_RETURN(
      OutputFiles outputs,
      OutputFiles::Open({page_path, markdown_path, latex_path, csv_path},
                        {table_path, statistics_path}));
  ROBBENCH_ASSIGN_OR_RETURN(
      const AnalysedTable analysed,
      ReadTableAndStatistics(table_path, statistics_path));
  std::vector<Drawing> drawings;
  for (const std::string& figures : directories) {
    ROBBENCH_ASSIGN_OR_RETURN(
        const auto index,
        ReadTextProto<DrawnFigures>(figures + "/figures.textproto"));
    for (const DrawnFigure& figure : index.message.figures()) {
      ROBBENCH_ASSIGN_OR_RETURN(
          std::string svg,
          ReadFile(absl::StrCat(figures, "/", figure.name(), ".svg"),
                   kMaxDrawingBytes));
      drawings.push_back(
          {figure.name(), figure.title(), figure.caption(), std::move(svg)});
    }
  }
  std::vector<ReportTable> deviations;
  if (const auto path = absl::GetFlag(FLAGS_published); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable published,
                              BenchmarkTable::Read(path));
    deviations = DeviationTables(analysed.table, published);
  }
  if (const auto runs = absl::GetFlag(FLAGS_reproduction).paths;
      !runs.empty()) {
    const std::string spec = absl::GetFlag(FLAGS_reproduction_dataset_spec);
    ROBBENCH_RETURN_IF_ERROR(RequireFlag("reproduction_dataset_spec", spec));
    ROBBENCH_ASSIGN_OR_RETURN(const std::vector<OurCell> ours,
                              ReadReproduction(spec, runs));
    ROBBENCH_ASSIGN_OR_RETURN(const ReferenceRows rows,
                              FindPublishedRows(ours, analysed.table));
    const Reproductions reproductions = Judge(ours, rows);
    deviations.push_back(VerdictTable(reproductions));
    deviations.push_back(ReproductionTable(reproductions));
  }
  std::vector<ReportTable> studies;
  std::optional<Search> search;
  if (const auto path = absl::GetFlag(FLAGS_search); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(search, ReadRecord<Search>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(
        path, search->provenance(), table_path, analysed.table_sha256));
    studies = SearchTables(*search);
  }
  std::optional<BoundStudyRecord> bound_study;
  if (const auto path = absl::GetFlag(FLAGS_width_study); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto study,
                              ReadRecord<WidthStudyRecord>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckWidthStudy(path, study));
    studies.push_back(WidthStudyTable(study));
  }
  if (const auto path = absl::GetFlag(FLAGS_bound_study); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(bound_study, ReadRecord<BoundStudyRecord>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckBoundStudy(path, *bound_study));
    studies.push_back(BoundStudyTable(*bound_study));
  }
  std::optional<NtkStudy> ntk_study;
  if (const auto path = absl::GetFlag(FLAGS_ntk_study); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(ntk_study, ReadRecord<NtkStudy>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(
        path, ntk_study->provenance(), table_path, analysed.table_sha256));
    for (ReportTable& table : NtkStudyTables(*ntk_study)) {
      studies.push_back(std::move(table));
    }
  }
  ROBBENCH_ASSIGN_OR_RETURN(
      std::string page,
      ReportPage(analysed, drawings, deviations, search ? &*search : nullptr,
                 studies, bound_study ? &*bound_study : nullptr,
                 ntk_study ? &*ntk_study : nullptr));
  std::vector<ReportTable> tables =
      ReportTables(analysed.table, analysed.statistics);
  tables.insert(tables.end(), deviations.begin(), deviations.end());
  tables.insert(tables.end(), studies.begin(), studies.end());
  std::string markdown, latex, csv;
  for (const ReportTable& table : tables) {
    markdown += MarkdownTable(table);
    latex += LatexTable(table);
    csv += CsvTable(table);
  }
  outputs.Add(page_path, std::move(page));
  outputs.Add(markdown_path, std::move(markdown));
  outputs.Add(latex_path, std::move(latex));
  outputs.Add(csv_path, std::move(csv));
  return outputs.Commit();
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage,
                              robbench::WriteReport);
}
