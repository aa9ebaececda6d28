"""robust_nas_benchmark and published_benchmark: the stages of one benchmark,
wired together by one macro, so that a BUILD file states parameters only."""

load(":analysis.bzl", "robust_claims", "robust_report", "robust_search", "robust_statistics")
load(":figures.bzl", "robust_figures", "robust_paper_figures", "robust_reproduction_figure")
load(":ntk_study.bzl", "ntk_correlations")
load(":predictor_study.bzl", "predictor_results")
load(":reproduction.bzl", "robust_reproduction")
load(
    ":stages.bzl",
    "robust_corruptions",
    "robust_evaluation",
    "robust_ntk",
)
load(":table.bzl", "robust_published_table", "robust_table")
load(":trained_cells.bzl", "trained_cells")

def _analysis(
        name,
        statistics,
        figure_style,
        tags,
        ntk,
        published = None,
        more_figures = [],
        obfuscation = None,
        reproduction = [],
        search = None,
        studies = []):
    """Statistics, figures, claims and report of NAME_table."""
    robust_statistics(
        name = name + "_statistics",
        spec = statistics,
        table = name + "_table",
        tags = tags,
    )
    robust_figures(
        name = name + "_figures",
        ntk = ntk,
        statistics = name + "_statistics",
        style = figure_style,
        tags = tags,
    )
    robust_claims(
        name = name + "_claims",
        obfuscation = obfuscation,
        reproduction = reproduction,
        search = search,
        statistics = name + "_statistics",
        studies = studies,
        tags = tags,
    )
    robust_report(
        name = name + "_report",
        claims = name + "_claims",
        figures = [name + "_figures"] + more_figures,
        published = published,
        search = search,
        statistics = name + "_statistics",
        studies = studies,
        tags = tags,
    )

def robust_nas_benchmark(
        name,
        raw,
        dataset,
        recipe,
        attacks,
        ntk,
        statistics,
        figure_style,
        cells,
        seeds,
        autoattack = None,
        corruptions = None,
        obfuscation = None,
        obfuscation_images = 0,
        published = None,
        more_figures = [],
        studies = [],
        tags = []):
    """Declares all stages of a benchmark, from raw files to the report.

    Makes NAME_dataset, NAME_training, NAME_evaluation, NAME_autoattack and
    NAME_obfuscation (if asked for), NAME_ntk, NAME_table, NAME_statistics,
    NAME_figures, NAME_claims, NAME_report, and NAME for all of their results
    but the weights.

    Args:
      name: of the benchmark.
      raw: label of the raw files.
      dataset: textproto DatasetSpec.
      recipe: textproto Recipe.
      attacks: textproto AttackSuite.
      ntk: textproto NtkSpec.
      statistics: textproto StatisticsSpec.
      figure_style: textproto FigureStyle.
      cells: cells to train, as strings.
      seeds: seeds of each cell, as strings.
      autoattack: textproto AttackSuite, only for the first of the seeds, as
        in the published table.
      corruptions: label of CIFAR-10-C's files, for NAME_corruptions, which
        neither NAME nor the table takes in.
      obfuscation: textproto AttackSuite "gradient_obfuscation", for a claim:
        only for the first of the seeds, and not in the table.
      obfuscation_images: the first so many test images for it; 0: all.
      published: label of a published_benchmark's table; the report then has
        the deviations from it, and NAME_reproduction judges the cells that are
        trained.
      more_figures: figures of other tables or studies, for the report.
      studies: studies of the theory, for the report.
      tags: of every target.
    """
    trained_cells(
        name,
        attacks = attacks,
        cells = cells,
        dataset = dataset,
        raw = raw,
        recipe = recipe,
        seeds = seeds,
        tags = tags,
    )
    evaluations = [name + "_evaluation"]
    if autoattack:
        evaluations.append(name + "_autoattack")
        robust_evaluation(
            name = name + "_autoattack",
            attacks = autoattack,
            dataset = name + "_dataset",
            first_seed_only = True,
            tags = tags,
            training = name + "_training",
        )
    if obfuscation:
        robust_evaluation(
            name = name + "_obfuscation",
            attacks = obfuscation,
            dataset = name + "_dataset",
            first_seed_only = True,
            images = obfuscation_images,
            tags = tags,
            training = name + "_training",
        )
    if corruptions:
        robust_corruptions(
            name = name + "_corruptions",
            dataset = name + "_dataset",
            raw = corruptions,
            tags = tags,
            training = name + "_training",
        )
    robust_ntk(
        name = name + "_ntk",
        cells = cells,
        dataset = name + "_dataset",
        seeds = seeds,
        spec = ntk,
        tags = tags,
    )
    robust_table(
        name = name + "_table",
        dataset_spec = dataset,
        records = [name + "_training"] + evaluations + [name + "_ntk"],
        tags = tags,
    )
    if published:
        robust_reproduction(
            name = name + "_reproduction",
            dataset_spec = dataset,
            evaluations = evaluations,
            published = published,
            tags = tags,
            training = name + "_training",
        )
    _analysis(
        name,
        statistics,
        figure_style,
        tags,
        ntk = True,
        published = published,
        more_figures = more_figures,
        obfuscation = name + "_obfuscation" if obfuscation else None,
        studies = studies,
    )
    native.filegroup(
        name = name,
        srcs = [
            name + "_claims",
            name + "_figures",
            name + "_report",
            name + "_statistics",
            name + "_table",
        ],
        tags = tags,
    )

def published_benchmark(
        name,
        published,
        statistics,
        search,
        figure_style,
        ntk_study,
        ntk_scores = [],
        predictor_scores = None,
        predictor_study = None,
        standard_training = None,
        reproduction = [],
        obfuscation = None,
        more_figures = [],
        studies = [],
        tags = []):
    """Declares the stages that follow from the authors' table, to the report.

    Makes NAME_table, NAME_statistics, NAME_search, NAME_figures,
    NAME_more_figures, NAME_ntk_correlations, NAME_ntk_figure,
    NAME_predictors_results, NAME_predictors_figures, NAME_reproduction_figure,
    NAME_claims, NAME_report.

    Args:
      name: of the benchmark.
      published: label of NAS-RobBench-201_html.json.
      statistics: textproto StatisticsSpec.
      search: textproto SearchSpec.
      figure_style: textproto FigureStyle.
      ntk_study: textproto NtkStudySpec.
      ntk_scores: committed scores of an NTK study, a file a setting; without
        any the report has none.
      predictor_scores: committed scores of a predictor study, as
        robust_study_scores writes them; without them the report has no study.
      predictor_study: textproto PredictorStudySpec, with predictor_scores.
      standard_training: label of jung2023_acc.json, if it is to be compared.
      reproduction: textproto ReproducedRuns, which the report holds against
        the table.
      obfuscation: evaluations by the suite gradient_obfuscation, for a claim.
      more_figures: figures of studies, for the report.
      studies: studies of the theory, for claims and report.
      tags: of every target.
    """
    robust_published_table(
        name = name + "_table",
        predictor_scores = predictor_scores,
        published = published,
        standard_training = standard_training,
        tags = tags,
    )
    robust_search(
        name = name + "_search",
        spec = search,
        table = name + "_table",
        tags = tags,
    )
    robust_paper_figures(
        name = name + "_more_figures",
        search = name + "_search",
        statistics = name + "_statistics",
        style = figure_style,
        tags = tags,
    )
    if ntk_scores:
        ntk_correlations(
            name = name + "_ntk",
            figure_style = figure_style,
            scores = ntk_scores,
            spec = ntk_study,
            table = name + "_table",
            tags = tags,
        )
    if predictor_scores:
        predictor_results(
            name = name + "_predictors",
            figure_style = figure_style,
            scores = predictor_scores,
            spec = predictor_study,
            table = name + "_table",
            tags = tags,
        )
    if reproduction:
        robust_reproduction_figure(
            name = name + "_reproduction_figure",
            reproduction = reproduction,
            style = figure_style,
            tags = tags,
        )
    _analysis(
        name,
        statistics,
        figure_style,
        tags,
        ntk = False,
        more_figures = [name + "_more_figures"] +
                       ([name + "_ntk_figure"] if ntk_scores else []) +
                       ([name + "_predictors_figures"] if predictor_scores else []) +
                       ([name + "_reproduction_figure"] if reproduction else []) +
                       more_figures,
        obfuscation = obfuscation,
        reproduction = reproduction,
        search = name + "_search",
        studies = ([name + "_ntk_correlations"] if ntk_scores else []) +
                  ([name + "_predictors_results"] if predictor_scores else []) +
                  studies,
    )
