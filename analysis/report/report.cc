// //analysis/report writes one page, and its tables in three more formats.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/report/page/report_claims.h"
#include "analysis/report/page/report_content.h"
#include "analysis/report/page/report_page.h"
#include "analysis/report/tables/deviation.h"
#include "analysis/report/tables/ntk_study_tables.h"
#include "analysis/report/tables/predictor_study_tables.h"
#include "analysis/report/tables/report_table.h"
#include "analysis/report/tables/reproduction_tables.h"
#include "analysis/report/tables/search_tables.h"
#include "analysis/report/tables/theory_tables.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/read_statistics.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/predictor_text.h"
#include "analysis/studies/theory/theory_check.h"
#include "analysis/table/benchmark_table.h"
#include "nas/base/field_error.h"
#include "nas/base/file.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "ntk/theory/theory.pb.h"

ABSL_FLAG(std::string, table, "", "what //analysis/collect wrote (required)");
ABSL_FLAG(std::string, statistics, "",
          "what //analysis/statistics wrote of it (required)");
ABSL_FLAG(std::string, claims, "",
          "what //analysis/claims wrote of both (required)");
ABSL_FLAG(robbench::PathList<struct FiguresFlag>, figures, {},
          "a directory of //analysis/figures, once for each "
          "(required)");
ABSL_FLAG(std::string, published, "",
          "a table of //analysis/published:import_published to compare with");
ABSL_FLAG(std::string, search, "", "what //analysis/search wrote of the table");
ABSL_FLAG(std::string, width_study, "", "what //:width_study wrote");
ABSL_FLAG(std::string, bound_study, "", "what //:bound_study wrote");
ABSL_FLAG(std::string, ntk_study, "",
          "what //analysis/studies/ntk:correlate_ntk wrote of the table");
ABSL_FLAG(std::string, predictor_study, "",
          "what //analysis/studies/predictor:study_predictors wrote of the "
          "table");
ABSL_FLAG(std::string, out_dir, "",
          "an existing directory for index.html, tables.md, tables.tex and "
          "tables.csv (required)");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Writes the report of a benchmark.

  report --table=table.binpb --statistics=statistics.binpb \
      --claims=claims.binpb --figures=figures --out_dir=report \
      [--published=table.binpb] [--search=search.binpb] \
      [--ntk_study=study.binpb] [--predictor_study=study.binpb] \
      [--width_study=width_study.binpb] [--bound_study=bound_study.binpb])";

constexpr uint64_t kMaxDrawingBytes = 64 << 20;

absl::Status WriteReport(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string statistics_path = absl::GetFlag(FLAGS_statistics);
  const std::string claims_path = absl::GetFlag(FLAGS_claims);
  const std::vector<std::string> directories =
      absl::GetFlag(FLAGS_figures).paths;
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("table", table_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("statistics", statistics_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("claims", claims_path));
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
                        {table_path, statistics_path, claims_path}));
  ROBBENCH_ASSIGN_OR_RETURN(
      const AnalysedTable analysed,
      ReadTableAndStatistics(table_path, statistics_path));
  ROBBENCH_ASSIGN_OR_RETURN(const auto claims, ReadRecord<Claims>(claims_path));
  ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(claims_path, claims.provenance(),
                                            table_path, analysed.table_sha256));
  if (const std::string found = InputOfRole(claims.provenance(), "statistics");
      found != analysed.statistics_sha256) {
    return FieldError(
        claims_path, "provenance.inputs[statistics].sha256",
        absl::StrCat(analysed.statistics_sha256, " (", statistics_path, ")"),
        found.empty() ? "none" : found);
  }
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
  std::vector<ReportTable> published;
  if (const auto path = absl::GetFlag(FLAGS_published); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const BenchmarkTable table,
                              BenchmarkTable::Read(path));
    published = DeviationTables(analysed.table, table);
  }
  if (claims.has_reproductions()) {
    published.push_back(VerdictTable(claims.reproductions()));
    published.push_back(ReproductionTable(claims.reproductions()));
  }
  std::vector<ReportTable> studies;
  if (const auto path = absl::GetFlag(FLAGS_search); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto search, ReadRecord<Search>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(
        path, search.provenance(), table_path, analysed.table_sha256));
    studies = SearchTables(search);
  }
  if (const auto path = absl::GetFlag(FLAGS_width_study); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto study,
                              ReadRecord<WidthStudyRecord>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckWidthStudy(path, study));
    studies.push_back(WidthStudyTable(study));
  }
  if (const auto path = absl::GetFlag(FLAGS_bound_study); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto study,
                              ReadRecord<BoundStudyRecord>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckBoundStudy(path, study));
    studies.push_back(BoundStudyTable(study));
  }
  if (const auto path = absl::GetFlag(FLAGS_ntk_study); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto study, ReadRecord<NtkStudy>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(
        path, study.provenance(), table_path, analysed.table_sha256));
    for (ReportTable& table : NtkStudyTables(study)) {
      studies.push_back(std::move(table));
    }
  }
  if (const auto path = absl::GetFlag(FLAGS_predictor_study); !path.empty()) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto study,
                              ReadRecord<PredictorStudy>(path));
    ROBBENCH_RETURN_IF_ERROR(CheckPredictorStudy(path, study));
    ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(
        path, study.provenance(), table_path, analysed.table_sha256));
    for (ReportTable& table : PredictorStudyTables(study)) {
      studies.push_back(std::move(table));
    }
  }
  ROBBENCH_ASSIGN_OR_RETURN(
      std::string page,
      ReportPage(analysed, claims, drawings, published, studies));
  std::vector<ReportTable> tables = ClaimTables(claims);
  for (ReportTable& table : ReportTables(analysed.table, analysed.statistics)) {
    tables.push_back(std::move(table));
  }
  tables.insert(tables.end(), published.begin(), published.end());
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
