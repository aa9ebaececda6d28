// Makes the claims about what is known of a cell before any training and after
// a short one, and says in plain words what to do with it. The claims are of
// the field, not of the paper. Joint intervals of predictor_study.proto decide,
// data set by data set, for the study's main metric.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analysis/claims/claim_groups.h"
#include "analysis/claims/claim_inputs.h"
#include "analysis/claims/claim_parts.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/statistics/coefficient_text.h"
#include "analysis/studies/predictor/predictor_study.pb.h"
#include "analysis/studies/predictor/predictor_text.h"
#include "analysis/table/dataset_label.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/predictor_name.h"
#include "analysis/table/predictor_scores.pb.h"
#include "analysis/table/table.pb.h"

namespace robbench {
namespace {

constexpr char kJoint[] =
    "95 %, jointly with all gains of the study (bootstrap over cells, largest "
    "studentised deviation)";

std::string Label(const ClaimInputs& inputs, const ColumnKey& key) {
  const Column* column = inputs.table.Find(key.dataset(), key.metric());
  return column == nullptr ? key.metric() : MetricLabel(*column);
}

bool IsTrained(const Predictor& predictor) {
  return predictor.kind() == Predictor::TRAINING;
}

// Returns how many live cells have a value of the predictor.
uint32_t CellsOf(const PredictorStudy& study, const Predictor& predictor) {
  return study.cells() - predictor.left_out_cells();
}

// Says by what networks and cells a predictor's numbers are.
std::string Protocol(const PredictorStudy& study, const Predictor& predictor) {
  if (IsTrained(predictor)) {
    for (const ShortTraining& training : study.trainings()) {
      if (training.name() != predictor.name()) continue;
      return absl::StrCat("after a short training on ",
                          training.benchmark().train_images(), " images of ",
                          DatasetLabel(study.dataset()), ", ",
                          CellsOf(study, predictor), " cells, means over ",
                          training.seeds_size(),
                          training.seeds_size() == 1 ? " seed" : " seeds",
                          "; published accuracies");
    }
    return absl::StrCat("after a short training, ", CellsOf(study, predictor),
                        " cells; published accuracies");
  }
  return absl::StrCat("at initialisation, ", study.scores_spec().images(),
                      " test images of ", DatasetLabel(study.dataset()), ", ",
                      study.cells(), " cells, means over ", study.seeds_size(),
                      study.seeds_size() == 1 ? " seed" : " seeds",
                      "; published accuracies");
}

// Counts how the gains of one metric came out: those of short trainings, or
// those of all that is known before training.
struct Tally {
  int better = 0, worse = 0, no_gain = 0, open = 0;
  // Of the better ones that whose joint interval begins highest; where there is
  // none, that with the largest gain.
  const Predictor* clearest = nullptr;
  bool is_better = false;

  Tally(const PredictorStudy& study, int m, bool trained) {
    double most = 0;
    for (const Predictor& predictor : study.predictors()) {
      const PredictorGain& gain = predictor.results(m).gain();
      if (!gain.has_joint() || IsTrained(predictor) != trained) continue;
      const PredictorOutcome outcome = gain.joint().outcome();
      better += outcome == BETTER_THAN_PARAMETERS;
      worse += outcome == WORSE_THAN_PARAMETERS;
      no_gain += outcome == NO_GAIN;
      open += outcome == UNDECIDED_GAIN;
      const bool now_better = outcome == BETTER_THAN_PARAMETERS;
      const double value = now_better ? gain.joint().low() : gain.difference();
      if (clearest == nullptr || now_better > is_better ||
          (now_better == is_better && value > most)) {
        clearest = &predictor;
        is_better = now_better;
        most = value;
      }
    }
  }
  int All() const { return better + worse + no_gain + open; }
};

void AddSpearman(const PredictorStudy& study, const Predictor& predictor, int m,
                 absl::string_view id, Claim::Part& part) {
  const PredictorResult& result = predictor.results(m);
  if (!result.has_spearman()) return;
  Estimate& estimate = AddEstimate(
      id, absl::StrCat("Spearman's coefficient of ", PredictorLabel(predictor)),
      "coefficient", result.spearman().value(), {result.metric().dataset()},
      Protocol(study, predictor), part);
  if (!result.spearman().has_interval()) return;
  estimate.set_low(result.spearman().interval().low());
  estimate.set_high(result.spearman().interval().high());
  estimate.set_interval("95 %, bootstrap over cells");
}

std::string SpearmanText(const Predictor& predictor, int m) {
  const PredictorResult& result = predictor.results(m);
  return PredictorEstimateText(result.has_spearman(), result.spearman());
}

// Returns Spearman's coefficient of the number of parameters over the cells
// that have a value of the predictor.
double ParametersOnItsCells(const Predictor& predictor, int m) {
  const PredictorResult& result = predictor.results(m);
  return result.spearman().value() - result.gain().difference();
}

// The same in words, with its interval where these are all cells.
std::string ParametersText(const PredictorStudy& study,
                           const Predictor& predictor, int m) {
  if (predictor.left_out_cells() == 0) {
    return SpearmanText(ParametersOf(study), m);
  }
  return absl::StrCat(Coefficient(ParametersOnItsCells(predictor, m)),
                      " over the same ", CellsOf(study, predictor), " cells");
}

void AddDataset(const ClaimInputs& inputs, int m, bool trained, Claim& claim) {
  const PredictorStudy& study = *inputs.predictor_study;
  const Tally tally(study, m, trained);
  if (tally.clearest == nullptr) return;
  const PredictorResult& result = tally.clearest->results(m);
  const PredictorGain& gain = result.gain();
  const double least_gain = study.spec().least_gain();
  const std::vector<std::string> datasets = {result.metric().dataset()};
  const std::string protocol = Protocol(study, *tally.clearest);
  Claim::Part part;
  Estimate& estimate =
      AddEstimate("gain",
                  absl::StrCat("gain of ", PredictorLabel(*tally.clearest),
                               " over the number of parameters"),
                  "coefficient", gain.difference(), datasets, protocol, part);
  estimate.set_low(gain.joint().low());
  estimate.set_high(gain.joint().high());
  estimate.set_interval(kJoint);
  AddSpearman(study, *tally.clearest, m, "predictor", part);
  const bool on_all = tally.clearest->left_out_cells() == 0;
  if (on_all) {
    AddSpearman(study, ParametersOf(study), m, "parameters", part);
  } else {
    AddEstimate("parameters",
                "Spearman's coefficient of parameters over the same cells",
                "coefficient", ParametersOnItsCells(*tally.clearest, m),
                datasets, protocol, part);
  }
  const auto count = [&](absl::string_view id, PredictorOutcome outcome,
                         int predictors) {
    AddEstimate(
        id,
        absl::StrCat("predictors: ", PredictorOutcomeText(outcome, least_gain)),
        "predictors", predictors, datasets, protocol, part);
  };
  count("better", BETTER_THAN_PARAMETERS, tally.better);
  count("worse", WORSE_THAN_PARAMETERS, tally.worse);
  count("no_gain", NO_GAIN, tally.no_gain);
  count("open", UNDECIDED_GAIN, tally.open);
  const PredictorNoise* noise = FindPredictorNoise(study, result.metric());
  std::string ceiling;
  if (on_all && noise != nullptr && noise->has_spearman()) {
    AddEstimate("perfect",
                "Spearman's coefficient of a predictor that knows each cell's "
                "accuracy but for the noise of training",
                "coefficient", noise->spearman().value(), datasets, protocol,
                part);
    ceiling = absl::StrCat("; a perfect predictor reaches ",
                           Coefficient(noise->spearman().value()));
  }
  AddPart(DatasetLabel(result.metric().dataset()),
          absl::StrCat(
              "Spearman with ", Label(inputs, result.metric()), " is ",
              ParametersText(study, *tally.clearest, m),
              " for the number of parameters and ",
              SpearmanText(*tally.clearest, m), " for ",
              PredictorLabel(*tally.clearest), ", ",
              tally.is_better ? "the clearest gain" : "the largest gain",
              " (jointly ", Coefficient(gain.joint().low()), " to ",
              Coefficient(gain.joint().high()), "); of ", tally.All(),
              " other numbers better: ", tally.better, ", worse: ", tally.worse,
              ", gain below ", absl::StrFormat("%.2f", least_gain), ": ",
              tally.no_gain, ", undecided: ", tally.open, ceiling),
          std::move(part), claim);
}

// Returns how many counts and scores have a coefficient with the metric: the
// others are the same for all cells.
int Judged(const PredictorStudy& study, int m) {
  int judged = 0;
  for (const Predictor& predictor : study.predictors()) {
    judged += predictor.kind() != Predictor::COMBINATION &&
              !IsTrained(predictor) && predictor.results(m).has_spearman();
  }
  return judged;
}

// Names the scores that are better than parameters, each once, whatever images
// they are of: "SynFlow and ZiCo".
std::string BetterScores(const PredictorStudy& study, int m) {
  std::vector<std::string> names;
  for (const Predictor& predictor : study.predictors()) {
    const PredictorGain& gain = predictor.results(m).gain();
    if (!gain.has_joint() || IsTrained(predictor) ||
        gain.joint().outcome() != BETTER_THAN_PARAMETERS) {
      continue;
    }
    const std::string name = PredictorScoreLabel(predictor.name());
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return absl::StrJoin(names, " and ");
}

// Returns a claim that some predictor, trained or not, beats the number of
// parameters, without its parts.
Claim BeatsParameters(const ClaimInputs& inputs, absl::string_view id,
                      absl::string_view text) {
  Claim claim =
      NewClaim(id, text, "the field, not the paper", "predictor_cost");
  if (inputs.predictor_study == nullptr) {
    claim.mutable_rule()->set_words(
        "By the joint intervals of a study of predictors, which this report "
        "does not have.");
  } else {
    const double least_gain = inputs.predictor_study->spec().least_gain();
    claim.mutable_rule()->mutable_gain_over_parameters()->set_least_gain(
        least_gain);
    claim.mutable_rule()->set_words(absl::StrFormat(
        "By data set and for %s, gains in Spearman's coefficient over the "
        "number of parameters and their joint intervals, over all predictors "
        "and metrics: holds where a predictor's interval lies above 0 and "
        "reaches %.2f, does not hold where no predictor's gain can be %.2f, "
        "and is undecided otherwise.",
        inputs.predictor_study->spec().main_metric(), least_gain, least_gain));
  }
  return claim;
}

}  // namespace

Claim PredictorBeatsParameters(const ClaimInputs& inputs) {
  Claim claim = BeatsParameters(
      inputs, "predictor_beats_parameters",
      "Something known of a cell before training ranks cells by "
      "robust accuracy better than its number of parameters");
  claim.set_not_covered(
      "Which cells come first, as a rank correlation is over all cells; how "
      "many predictors are better, as the joint intervals scatter with the "
      "resamples; other initial weights than those of the seeds; scores on "
      "images of other data sets; combinations of predictors, which are fitted "
      "to published accuracies; other search spaces, where the number of "
      "parameters may say less; cells beyond those sampled.");
  if (inputs.predictor_study != nullptr) {
    for (const int m : MainResults(*inputs.predictor_study)) {
      AddDataset(inputs, m, /*trained=*/false, claim);
    }
  }
  return Decided(
      "This needs scores of untrained networks, as the study of "
      "predictors has them.",
      std::move(claim));
}

Claim ShortTrainingBeatsParameters(const ClaimInputs& inputs) {
  Claim claim = BeatsParameters(
      inputs, "short_training_beats_parameters",
      "A short adversarial training of a cell ranks cells by robust accuracy "
      "better than their number of parameters");
  claim.set_not_covered(
      "Which cells come first, as a rank correlation is over all cells; other "
      "seeds, skeletons, images and epochs than those of the short trainings; "
      "whether what it costs is better spent on fewer cells trained longer; "
      "other search spaces; cells beyond those sampled.");
  if (inputs.predictor_study != nullptr) {
    for (const int m : MainResults(*inputs.predictor_study)) {
      AddDataset(inputs, m, /*trained=*/true, claim);
    }
  }
  return Decided(
      "This needs short trainings of cells, as the study of predictors may "
      "have them.",
      std::move(claim));
}

std::vector<Finding> PredictorFindings(const ClaimInputs& inputs) {
  if (inputs.predictor_study == nullptr) return {};
  const PredictorStudy& study = *inputs.predictor_study;
  const std::vector<int> main = MainResults(study);
  if (main.empty() || study.spec().sizes().empty()) return {};
  const Predictor& parameters = ParametersOf(study);
  const Predictor& recommended = RecommendedPredictor(study);
  const bool is_parameters = &recommended == &parameters;
  const std::string metric = Label(inputs, study.random(main[0]).metric());
  Claim::Part evidence;
  std::string text = absl::StrCat(
      "To find a robust cell before training any, rank cells by ",
      is_parameters ? "their number of parameters, most first"
                    : PredictorLabel(recommended),
      recommended.lowest_first() ? ", lowest first" : "", ": of ",
      Judged(study, main[0]), " numbers tried on ", study.cells(), " cells ",
      is_parameters ? "none beats it on all data sets beyond doubt, and it "
                      "costs nothing"
                    : "it is the cheapest that beats the number of parameters "
                      "on all data sets beyond doubt",
      ". Spearman's coefficient with ", metric, ": ");
  for (const int m : main) {
    const std::string& dataset = study.random(m).metric().dataset();
    AddSpearman(study, recommended, m, absl::StrCat("spearman_", dataset),
                evidence);
    absl::StrAppend(&text, m == main[0] ? "" : ", ", DatasetLabel(dataset), " ",
                    SpearmanText(recommended, m));
    if (!is_parameters) {
      absl::StrAppend(&text, " (parameters ", SpearmanText(parameters, m), ")");
    }
  }
  text += ".";
  for (const int m : main) {
    const Tally tally(study, m, /*trained=*/false);
    if (!is_parameters || tally.better == 0) continue;
    const std::string& dataset = study.random(m).metric().dataset();
    AddSpearman(study, *tally.clearest, m, absl::StrCat("better_", dataset),
                evidence);
    absl::StrAppend(&text, " On ", DatasetLabel(dataset), " it is beaten, by ",
                    BetterScores(study, m), ", most clearly by ",
                    PredictorLabel(*tally.clearest), " with ",
                    SpearmanText(*tally.clearest, m), ".");
  }
  for (const Predictor& predictor : study.predictors()) {
    if (!IsTrained(predictor) ||
        predictor.images() != study.spec().main_metric()) {
      continue;
    }
    absl::StrAppend(&text, " For comparison, ", PredictorLabel(predictor), ":");
    for (const int m : main) {
      const std::string& dataset = study.random(m).metric().dataset();
      AddSpearman(study, predictor, m,
                  absl::StrCat(predictor.name(), "_", dataset), evidence);
      absl::StrAppend(&text, m == main[0] ? " " : ", ", DatasetLabel(dataset),
                      " ", SpearmanText(predictor, m), " (parameters ",
                      ParametersText(study, predictor, m), ")");
    }
    absl::StrAppend(&text, ".");
  }
  // What short lists are worth, with the longest last.
  std::vector<std::string> lists;
  for (const int m : main) {
    const std::string& dataset = study.random(m).metric().dataset();
    std::vector<std::string> cuts;
    for (const uint32_t size : study.spec().sizes()) {
      const PredictorCut* cut =
          FindPredictorCut(recommended.results(m).cuts(), size);
      const PredictorCut* random =
          FindPredictorCut(study.random(m).cuts(), size);
      if (cut == nullptr || random == nullptr) continue;
      const auto add = [&](absl::string_view id, absl::string_view whose,
                           double regret) {
        AddEstimate(absl::StrCat(id, "_", dataset, "_", size),
                    absl::StrCat("regret of the best of ", size, " ", whose),
                    "share", regret, {dataset}, Protocol(study, recommended),
                    evidence);
      };
      add("regret", "cells that it ranks first", cut->regret());
      add("random_regret", "random cells", random->regret());
      cuts.push_back(absl::StrFormat("k = %d: %.1f (random %.1f)", size,
                                     100 * cut->regret(),
                                     100 * random->regret()));
    }
    if (cuts.empty()) continue;
    lists.push_back(
        absl::StrCat(DatasetLabel(dataset), " ", absl::StrJoin(cuts, ", ")));
    const PredictorNoise* noise =
        FindPredictorNoise(study, study.random(m).metric());
    if (noise == nullptr) continue;
    AddEstimate(absl::StrCat("resolution_", dataset),
                "difference of two published accuracies that noise of training "
                "does not explain",
                "share", noise->resolution(), {dataset},
                Protocol(study, recommended), evidence);
    absl::StrAppend(&lists.back(), absl::StrFormat("; noise resolves %.1f",
                                                   100 * noise->resolution()));
  }
  if (!lists.empty()) {
    absl::StrAppend(
        &text,
        " By how many points the best of the first k cells, and of k random "
        "ones, lies below the best of all: ",
        absl::StrJoin(lists, ". "), ".");
  }
  absl::StrAppend(&text, " All scores are of ", DatasetLabel(study.dataset()),
                  " images and of initial weights of ", study.seeds_size(),
                  study.seeds_size() == 1 ? " seed." : " seeds.");
  Finding finding;
  finding.set_heading("Which cheap score finds a robust cell");
  finding.set_text(std::move(text));
  *finding.mutable_evidence() = evidence.evidence();
  return {std::move(finding)};
}

}  // namespace robbench
