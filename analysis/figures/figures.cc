// //analysis/figures draws what the stages before it wrote, one group of
// figures in each run.
#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_style.pb.h"
#include "analysis/figures/paper_figure.h"
#include "analysis/figures/render_figures.h"
#include "analysis/figures/studies/ntk_study_figure.h"
#include "analysis/figures/studies/predictor_figure.h"
#include "analysis/figures/studies/reproduction_figure.h"
#include "analysis/figures/studies/theory_figure.h"
#include "analysis/search/search.pb.h"
#include "analysis/statistics/read_statistics.h"
#include "analysis/studies/ntk/ntk_study.pb.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/predictor_text.h"
#include "analysis/studies/reproduction/reproduction.pb.h"
#include "analysis/studies/theory/theory_check.h"
#include "nas/base/path_list.h"
#include "nas/base/program.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/base/text_proto.h"
#include "ntk/theory/theory.pb.h"
#include "training/dataset_spec.pb.h"
#include "training/records.pb.h"

ABSL_FLAG(std::string, group, "table",
          "which figures: table, paper, theory, ntk_study, predictor_study or "
          "reproduction");
ABSL_FLAG(std::string, table, "", "what //analysis/collect wrote");
ABSL_FLAG(std::string, statistics, "",
          "what //analysis/statistics wrote of the table");
ABSL_FLAG(std::string, search, "", "what //analysis/search wrote of the table");
ABSL_FLAG(std::string, width_study, "", "what //ntk/theory:width_study wrote");
ABSL_FLAG(std::string, bound_study, "", "what //ntk/theory:bound_study wrote");
ABSL_FLAG(std::string, study, "",
          "what //analysis/studies/ntk:correlate_ntk wrote, or "
          "//analysis/studies/predictor:study_predictors");
ABSL_FLAG(robbench::PathList<struct ReproductionFlag>, reproduction, {},
          "a textproto ReproducedRun, once for each");
ABSL_FLAG(std::string, reproduction_dataset_spec, "",
          "textproto DatasetSpec of the reproduced runs' data set");
ABSL_FLAG(std::string, style, "", "a FigureStyle as textproto (required)");
ABSL_FLAG(std::string, out_dir, "",
          "an existing directory for NAME.svg, .pdf, .png, script and data of "
          "every figure, and figures.textproto (required)");
ABSL_FLAG(std::vector<std::string>, figures, {},
          "of the group table: names of the figures to draw, with commas "
          "between them; without it those that the table has data for");
ABSL_FLAG(std::string, gnuplot, "/usr/bin/gnuplot", "the program");
ABSL_FLAG(std::string, dot, "/usr/bin/dot", "the program");
ABSL_FLAG(std::string, rsvg_convert, "/usr/bin/rsvg-convert", "the program");

namespace robbench {
namespace {

constexpr char kUsage[] = R"(Draws the figures of a group, from its inputs:

  --group=table         accuracy_box_plots, ranking, rank_correlation,
                        ntk_against_accuracy and operation_shares, or those of
                        them that --figures names; of --table and --statistics
  --group=paper         cell, skeleton, accuracy_distributions, dataset_ranking,
                        all_correlations, cost_fronts and search_trajectories;
                        of --table (all classes), --statistics and --search
  --group=theory        width_study and bound_study; of --width_study and
                        --bound_study
  --group=ntk_study     ntk_study; of --study
  --group=predictor_study
                        predictor_cost, predictor_matrix and predictor_regret;
                        of --study
  --group=reproduction  training_loss; of --reproduction (once for each run) and
                        --reproduction_dataset_spec

  figures --table=table.binpb --statistics=statistics.binpb \
      --style=figure_style.textproto --out_dir=figures [--figures=NAME,...])";

using Figures = absl::StatusOr<std::vector<Figure>>;

Figures TableFigures(const FigureStyle& style) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const AnalysedTable analysed,
      ReadTableAndStatistics(absl::GetFlag(FLAGS_table),
                             absl::GetFlag(FLAGS_statistics)));
  return MakeFigures(analysed.table, analysed.statistics, style,
                     absl::GetFlag(FLAGS_figures));
}

Figures PaperFigures(const FigureStyle& style) {
  const std::string table_path = absl::GetFlag(FLAGS_table);
  const std::string search_path = absl::GetFlag(FLAGS_search);
  ROBBENCH_ASSIGN_OR_RETURN(
      const AnalysedTable analysed,
      ReadTableAndStatistics(table_path, absl::GetFlag(FLAGS_statistics)));
  ROBBENCH_ASSIGN_OR_RETURN(const Search search,
                            ReadRecord<Search>(search_path));
  ROBBENCH_RETURN_IF_ERROR(CheckTableDigest(search_path, search.provenance(),
                                            table_path, analysed.table_sha256));
  return MakePaperFigures(analysed.table, analysed.statistics, search, style);
}

Figures TheoryFigures(const FigureStyle& style) {
  const std::string width_path = absl::GetFlag(FLAGS_width_study);
  const std::string bound_path = absl::GetFlag(FLAGS_bound_study);
  ROBBENCH_ASSIGN_OR_RETURN(const auto width_study,
                            ReadRecord<WidthStudyRecord>(width_path));
  ROBBENCH_RETURN_IF_ERROR(CheckWidthStudy(width_path, width_study));
  ROBBENCH_ASSIGN_OR_RETURN(const auto bound_study,
                            ReadRecord<BoundStudyRecord>(bound_path));
  ROBBENCH_RETURN_IF_ERROR(CheckBoundStudy(bound_path, bound_study));
  return MakeTheoryFigures(width_study, bound_study, style);
}

Figures NtkStudyFigures(const FigureStyle& style) {
  ROBBENCH_ASSIGN_OR_RETURN(const NtkStudy study,
                            ReadRecord<NtkStudy>(absl::GetFlag(FLAGS_study)));
  ROBBENCH_ASSIGN_OR_RETURN(const Figure figure,
                            MakeNtkStudyFigure(study, style));
  return std::vector<Figure>{figure};
}

Figures PredictorStudyFigures(const FigureStyle& style) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const PredictorStudy study,
      ReadRecord<PredictorStudy>(absl::GetFlag(FLAGS_study)));
  ROBBENCH_RETURN_IF_ERROR(
      CheckPredictorStudy(absl::GetFlag(FLAGS_study), study));
  return MakePredictorFigures(study, style);
}

Figures ReproductionFigures(const FigureStyle& style) {
  ROBBENCH_ASSIGN_OR_RETURN(
      const auto spec, ReadTextProto<DatasetSpec>(
                           absl::GetFlag(FLAGS_reproduction_dataset_spec)));
  std::vector<TrainRecord> trainings;
  for (const std::string& path : absl::GetFlag(FLAGS_reproduction).paths) {
    ROBBENCH_ASSIGN_OR_RETURN(const auto run,
                              ReadTextProto<ReproducedRun>(path));
    trainings.push_back(run.message.training());
  }
  ROBBENCH_ASSIGN_OR_RETURN(
      const Figure figure,
      MakeTrainingLossFigure(trainings, spec.message.classes(), style));
  return std::vector<Figure>{figure};
}

struct Group {
  const char* name;
  Figures (*draw)(const FigureStyle& style);
};

constexpr Group kGroups[] = {{"table", TableFigures},
                             {"paper", PaperFigures},
                             {"theory", TheoryFigures},
                             {"ntk_study", NtkStudyFigures},
                             {"predictor_study", PredictorStudyFigures},
                             {"reproduction", ReproductionFigures}};

struct Input {
  const char* flag;
  std::vector<std::string> paths;
  std::set<std::string> groups;  // that require it
};

std::vector<Input> Inputs() {
  const auto of = [](const absl::Flag<std::string>& flag) {
    return std::vector<std::string>{absl::GetFlag(flag)};
  };
  return {{"table", of(FLAGS_table), {"table", "paper"}},
          {"statistics", of(FLAGS_statistics), {"table", "paper"}},
          {"search", of(FLAGS_search), {"paper"}},
          {"width_study", of(FLAGS_width_study), {"theory"}},
          {"bound_study", of(FLAGS_bound_study), {"theory"}},
          {"study", of(FLAGS_study), {"ntk_study", "predictor_study"}},
          {"reproduction",
           absl::GetFlag(FLAGS_reproduction).paths,
           {"reproduction"}},
          {"reproduction_dataset_spec",
           of(FLAGS_reproduction_dataset_spec),
           {"reproduction"}}};
}

absl::Status DrawFigures(const std::vector<std::string>& arguments) {
  if (!arguments.empty()) return UsageError("unexpected " + arguments[0]);
  const std::string name = absl::GetFlag(FLAGS_group);
  const auto group =
      std::find_if(std::begin(kGroups), std::end(kGroups),
                   [&](const Group& known) { return known.name == name; });
  if (group == std::end(kGroups)) {
    return UsageError(absl::StrCat(
        "--group: expected table, paper, theory, ntk_study, predictor_study "
        "or reproduction, found ",
        name));
  }
  std::vector<std::string> inputs;
  for (const Input& input : Inputs()) {
    const std::string given = absl::StrJoin(input.paths, " ");
    if (input.groups.count(name) == 0) {
      if (given.empty()) continue;
      return UsageError(
          absl::StrCat("--", input.flag, " is not of --group=", name));
    }
    ROBBENCH_RETURN_IF_ERROR(RequireFlag(input.flag, given));
    inputs.insert(inputs.end(), input.paths.begin(), input.paths.end());
  }
  const std::string style_path = absl::GetFlag(FLAGS_style);
  const std::string directory = absl::GetFlag(FLAGS_out_dir);
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("style", style_path));
  ROBBENCH_RETURN_IF_ERROR(RequireFlag("out_dir", directory));
  inputs.push_back(style_path);
  ROBBENCH_RETURN_IF_ERROR(CheckFigureDirectory(directory, inputs));
  ROBBENCH_ASSIGN_OR_RETURN(const auto style,
                            ReadTextProto<FigureStyle>(style_path));
  ROBBENCH_RETURN_IF_ERROR(CheckStyle(style_path, style.message));
  ROBBENCH_ASSIGN_OR_RETURN(const std::vector<Figure> figures,
                            group->draw(style.message));
  return WriteFigures(figures,
                      {.gnuplot = absl::GetFlag(FLAGS_gnuplot),
                       .rsvg_convert = absl::GetFlag(FLAGS_rsvg_convert),
                       .dot = absl::GetFlag(FLAGS_dot)},
                      directory);
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  return robbench::RunProgram(argc, argv, robbench::kUsage,
                              robbench::DrawFigures);
}
