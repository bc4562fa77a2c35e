"""Word lists by which concepts are chosen, typed and joined to papers; words in the singular, small, as `text.normal` has them."""

from __future__ import annotations

from survey.concepts.text import normal
from survey.wording import DULL_ENDS, DULL_STARTS, GLUE


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _names(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split("|"))


# No concept holds one of these. The glue of headings, but for words that open names of tasks and methods, and verbs that are
# glue there in one form only.
BREAKS = (GLUE | {normal(word) for word in GLUE}) - _words(
    "best few first hand less one self zero case range"
) | _words(
    """
    et al ie eg vs cf http www com org io github arxiv url ie etc emph textbf textit cite ref label mathcal
    mathbf mathrm surpass yield leverage aim show present apply contain enable evaluate generate provide reduce
    suffer tackle utilise s t d ll ve re don doesn isn aren can won ours state art end well known real code
    available demo page project exploiting utilizing leveraging finding revealing highlighting suggesting
    indicating demonstrating aiming ensuring experiment experiments result benefit need outperform
    """
)

# Besides the words that end no heading. A phrase that ends in one of them is cut short, or is about the paper.
BAD_ENDS = (
    {normal(word) for word in DULL_ENDS}
    - _words(
        "retrieval memory pipeline algorithm loss database corpus benchmark testing backbone ensemble tool mechanism regularizer"
    )
    | _words(
        """
    accuracy aware free wise specific agnostic shot guided driven oriented like based level scale end trained
    time average score metric result experiment gap challenge issue case way approach method technique strategy
    framework scheme paradigm setting setup scenario researcher practitioner community author user human people
    year month day hour percent gpu cpu parameter hyperparameter weight data sample example image video text
    sentence word document token feature embedding vector representation input output prediction label class
    category performance speed latency throughput memory footprint cost budget overhead resource improvement
    gain advantage property behavior pattern concept knowledge information signal content context semantics
    structure relation relationship dependency correlation interaction difference similarity distance
    distribution domain space dimension direction position region area part object instance entity event action
    activity state condition constraint objective goal target purpose task problem application service system
    platform device hardware software industry field research study literature survey review paper work
    contribution code repository implementation solution model network architecture module measurement block
    layer unit head branch stage step phase process procedure protocol pipeline tool mechanism analysis
    evaluation assessment comparison investigation exploration understanding insight intelligence technology
    science engineering capability ability skill competence quality quantity diversity complexity efficiency
    effectiveness robustness generalization generalisation stability reliability interpretability explainability
    transparency fairness trustworthiness safety security privacy bias variance error noise uncertainty loss
    accuracy precision recall rate ratio number amount size length width depth count set subset group cluster
    pair triplet list sequence series stream map graph tree table matrix tensor query response answer question
    prompt instruction command term phrase paragraph article page book language english chinese german french
    spanish japanese world environment factor effect impact role influence cause reason evidence proof theorem
    theory assumption hypothesis principle rule law bound guarantee convergence optimum minimum maximum limit
    threshold level version variant type kind form style name title abstract conclusion introduction discussion
    future direction trend progress advance success failure limitation drawback weakness strength respect manner
    fashion aspect perspective view viewpoint point line baseline counterpart competitor candidate pixel patch
    frame clip shot scene measurement view angle camera sensor viewpoint university institute company team
    student teacher expert annotator worker participant patient customer algorithm process policy trajectory
    benchmark corpus suite mechanism gradient field segment landmark product equation room schedule step path
    function operator theorem regret norm basis estimate test path analysis architecture modality module
    variable operation computation iteration attention-based supervised unsupervised pre cross multi inter intra
    non sub semi self
    """
    )
) - _words("loss network model agent embedding tree assessment analysis")

BAD_STARTS = {normal(word) for word in DULL_STARTS} | _words(
    """
    new novel proposed recent existing current previous prior various different many several multiple other
    additional further extensive comprehensive thorough systematic detailed careful rigorous proper improved
    better superior competitive comparable promising remarkable impressive excellent outstanding significant
    substantial considerable notable strong weak high low higher lower large larger small smaller big bigger
    long short fast faster slow quick rapid simple complex easy difficult hard important critical crucial key
    main major minor primary secondary central essential necessary sufficient useful popular common typical
    usual general specific particular special certain given current original initial final first second third
    last next subsequent corresponding respective relevant related similar dissimilar identical equal equivalent
    same overall total entire whole full partial complete incomplete more most less least much many few fewer
    real true false actual potential possible available accessible public private open closed internal external
    side effective efficient powerful robust reliable accurate precise flexible scalable practical realistic
    standard conventional traditional classical modern contemporary advanced sophisticated lightweight heavy
    cheap expensive costly free training testing test inference input output target source ground our their its
    such each every any all both either neither non based driven aware using good bad great state world
    downstream everyday human-like user customer pre post per percent average well highly fully jointly only
    also even still just thus etc one two three four five six seven eight nine ten underlying associated
    resulting desired required necessary unseen seen known unknown underexplored widely emerging growing
    increasing increased reduced decreasing limited scarce abundant sufficient insufficient learned learnable
    trainable trained tuned optimized generated synthesized diverse fastest unnecessary baseline simultaneous
    layer task layered local direct intrinsic reconstruct detect classify recognize segment solve recover
    transform encode decode rank align adapt refine filter extract localize enrich learning regular joint
    appropriate successful prominent complementary excessive redundant repeated frequent nearby inner outer
    upper random common naive understanding pretrained finetuned repetitive frozen improper automatic automated
    theoretical empirical qualitative quantitative statistical comparative ablation case preliminary in-depth
    base single individual proper popular numerical mathematical global overall
    """
) - _words("open few zero one first non long low high post cross multi source target human local random")

# Names that are no method, task or data set: metrics, devices, languages, places, firms, venues, and everyday acronyms.
NO_CONCEPTS = _words(
    """
    rouge bleu meteor cider spice lpips fid psnr ssim auc auroc auprc roc map miou iou wer cer bertscore rmse
    mse mape ndcg hota mota mrr fvd clipscore comet chrf f1 eer pesq stoi crps nll flops gflops ap pq gpu cpu
    fpga tpu asic npu rgb rgbd lidar imu gps eeg ecg mri ct fmri kinect nvidia jetson cuda pytorch tensorflow
    jax keras python java linux android ios arm intel amd iot api url html xml json sql pdf http nlp ai ml dl cv
    agi llm llms mllm mllms vlm vlms lvlm lvlms lmm slm slms plm plms lm dnn dnns ann nn nns cnn rnn oov iid ood
    id np ptime nsfw xai kl sota cot gui ui hci phd covid usa uk eu us un who nist darpa arxiv wikipedia github
    reddit twitter youtube google openai microsoft facebook meta amazon apple huawei baidu alibaba tencent ibm
    deepmind anthropic hugging kaggle cvpr iccv eccv neurips nip icml iclr acl emnlp naacl coling aaai ijcai kdd
    sigir semeval clef interspeech icassp english chinese german french spanish japanese arabic hindi turkish
    polish marathi urdu bengali tamil telugu korean russian italian portuguese dutch swedish danish finnish
    norwegian czech greek hebrew persian farsi vietnamese thai indonesian malay swahili amharic yoruba hausa
    igbo zulu afrikaans nepali punjabi gujarati kannada malayalam sanskrit latin mandarin cantonese romanian
    hungarian bulgarian ukrainian croatian serbian slovak slovenian estonian latvian lithuanian icelandic irish
    welsh basque catalan galician filipino tagalog assamese sinhala kazakh uzbek mongolian tibetan uyghur
    european african asian american indian western eastern california london york china india japan europe
    africa asia germany france canada australia brazil bayesian gaussian markovian euclidean riemannian hilbert
    banach lipschitz hessian jacobian bellman nash pareto laplace bernoulli poisson dirichlet boltzmann fourier
    newton hamming gumbel turing lagrangian frobenius cartesian borel cs fp fps hd vr ar xr pc os db rest csv qr
    sar uav uavs cctv dna rna cfg ids oct pet uhd hdr raw faq
    """
)

# Openings that are half a word: what they open is a name only before a head of a method or a task (cross-attention).
PREFIXES = _words(
    "cross multi pre non self sub inter intra semi dual single two co bi uni re un de low high long short post open"
    " few zero one first"
)

# The last word of a phrase, for the kind that it names whatever the curated terms say.
METHOD_HEADS = _words(
    """
    adapter adaptation adversary alignment algorithm annealing attention augmentation autoencoder averaging
    bagging bandit boosting caching calibration clipping clustering coding compression conditioning convolution
    decoder decoding decomposition dequantization descent diffusion distillation dropout ensemble encoder
    encoding engineering expansion factorization filter filtering finetuning flow forcing forest fusion gan
    gating gradient guidance gru hashing imitation initialization injection interpolation inversion iteration
    kernel lasso learning lora loss lstm machine masking matching merging mixing mixture mixup mlp modulation
    network net normalization optimization optimizer parallelism parameterization penalty perceptron
    perturbation planner policy pooling pretraining process projection prompting propagation pruning
    quantization randomization regularization regularizer reparameterization replay resampling resnet
    reweighting rollout routing sampler sampling scheduler scheduling sharing smoothing solver sparsification
    stacking steering supervision tokenization tokenizer training transfer transform transformer tuning unet
    unrolling vae vit voting watermarking whitening agent transport debate prefetching offloading cot rag
    bottleneck critic mamba cnn rnn gnn gcn llm bert backpropagation unlearning simulation iteration attack
    defense search retriever reranker ranker generator discriminator classifier detector tracker segmenter
    predictor estimator simulator controller embedding connection memory mechanism codebook thought
    """
) - {"generation"}
TASK_HEADS = _words(
    """
    answering stabilization captioning classification completion comprehension correction counting deblurring
    deduction dehazing denoising deraining detection diagnosis diarization disambiguation discovery driving
    editing enhancement entailment estimation extraction forecasting generation geolocation grading grounding
    identification imputation inpainting labeling linking localization manipulation matting mining moderation
    navigation outpainting parsing planning prediction prognosis reasoning recognition recommendation
    reconstruction reidentification reid relighting removal repair restoration retrieval screening segmentation
    simplification spotting summarization super swapping synthesis tagging tracking transcription translation
    triage typing understanding verification vqa qa mt ner asr ocr dialogue conversion colorization stitching
    harmonization registration matching attribution separation transliteration forensics surveillance monitoring
    grasping locomotion deidentification anonymization authentication inspection
    """
)
DATASET_HEADS = _words("dataset corpus benchmark treebank testbed leaderboard bench gym arena suite")

# What stands right behind a name, and says what it is.
SAYS_DATASET = _words("dataset benchmark corpus leaderboard testbed treebank collection")
SAYS_METHOD = _words(
    """
    algorithm approach architecture method model module framework technique mechanism optimizer loss layer
    network pipeline scheme backbone encoder decoder procedure strategy paradigm learner agent trick plugin
    """
)
SAYS_TASK = _words("task problem competition")

# What stands before a phrase, by the edge that it speaks of.
PROPOSES = _words(
    """
    propose proposed proposing introduce introduced introducing present presented presenting develop developed
    developing design designed devise devised release construct build built create created
    """
)
NAMES = _words("called named dubbed termed coined namely denoted abbreviated")
IMPROVES = _words(
    """
    improve improved improving outperform outperformed outperforming surpass surpassed surpassing extend
    extended extending enhance enhanced enhancing boost boosting beat beating exceed exceeding accelerate
    accelerating revisit revisiting rethinking refine strengthen speedup fixing generalize generalizing
    """
)
COMBINES = _words(
    """
    combine combined combining combination integrate integrated integrating integration fuse fusing fused unify
    unifying merge merging marry marrying couple coupled coupling hybridize hybrid incorporate incorporated
    incorporating meet
    """
)
USES = _words(
    """
    use used using via leverage leveraged leveraging employ employed employing adopt adopted adopting by through
    utilize utilized utilizing apply applied applying based exploit exploiting upon build train trained finetune
    """
)
TRAINS = _words(
    """
    train trained training pretrain pretrained pretraining finetune finetuned finetuning learn learned tuned
    """
)
EVALUATES = _words(
    """
    on evaluate evaluated evaluating across experiment validate validated benchmark tested test from evaluation
    result performance
    """
)
AIMS = _words("for task problem toward address addressing tackle tackling solve solving in perform")
WITH = _words("with into and together")
GAINS = _words("improvement gain advantage superiority boost speedup increase better lift advance")
# Through these one goes on looking back for the word that speaks of the edge.
OF_A_KIND = _words(
    """
    performance accuracy quality efficiency robustness capability ability result effectiveness speed
    generalization
    """
)
THROUGH = _words("a an the of our this these novel new its both various several many such other existing most recent")

# Behind a word in -ing these make it a verb.
OWNERS = _words("the its their our this these that such both all more each any your his her")

# Before them, attention is what papers get.
ATTRACTS = _words(
    """
    attract attracted attracting draw drawn drew gain gained gaining receive received receiving pay paid paying
    garner garnered much considerable increasing extensive growing significant great wide widespread lot little
    special more considerably recent research public
    """
)
DENIES = _words("no without not")

# Behind a name and a hyphen these leave it the name: CLIP-based.
SUFFIXES = _words(
    """
    based style like guided driven aware powered enhanced augmented trained tuned inspired type free level
    family derived only pretrained initialized assisted equipped generated oriented specific
    """
)
# Before a phrase, what says nothing.
DETERMINERS = _words("a an the our this these novel new its both existing standard recent popular proposed")

# Names so general that no graph is better for them, though the glossary has them.
GENERAL = _names(
    """
    dataset | corpus | benchmark | training data | training set | test set | validation set | leaderboard |
    annotation | data annotation | data collection | data quality | database | evaluation set | large-scale
    dataset | dataset bias | dataset construction | test data | testing | data processing | open data | labeled
    data | unlabeled data | image dataset | video dataset | small dataset | synthetic dataset | multimodal
    dataset | dataset merging | multi-source data | data mixture | missing data | web data | human annotation |
    data contamination | data valuation | egocentric video | imbalanced data | tabular data | pre-training data
    | image-text pairs | preference data | instruction dataset | time series dataset | coreset | data
    deduplication | instruction data generation | optimization | approximation | tuning | adaptation | sampling
    | filter | embedding | encoder | decoder | backbone | model training | model design | model selection |
    transformation | aggregation | initialization | evolutionary | deep learning | machine learning | neural
    networks | deep neural networks | variational | Bayesian | Gaussian | Fourier | Monte Carlo |
    attention-based | rule-based | merging | stacking | smoothing | rotation | expansion | injection | masking |
    routing | cascade | planning | augmentation | compression | interpolation | extrapolation | cropping |
    rewriting | imitation | upsampling | downsampling | residual | optimizer | loss function | teacher-student |
    teacher models | student models | ensemble | decoding | autoregressive | self-supervised | semi-supervised |
    weakly supervised | pre-trained models | small models | policy optimization | search algorithm |
    decomposition | search | prediction | detection | recognition | generation | localization | counting |
    completion | restoration | registration | manipulation | verification | diagnosis | feature extraction |
    efficient inference | language understanding | joint training | joint optimization | joint learning | linear
    models | model adaptation | control policy | feature enhancement | feature interaction | large-scale
    pre-training | conditional generation | prompt | policy learning | policy networks | plug-and-play |
    plug-and-play module | attention module | proxy metric | sample selection | auxiliary task | random sampling
    | ranking loss | non-autoregressive | coarse-to-fine | score function | large kernel | convolution kernel |
    visual perception | multi-class classification | inversion | image alignment | caption generation |
    personalization | disambiguation | tree-based models | augmentation strategy | surrogate models |
    second-order optimization | feature decoupling | joint | encryption | local attention
    """
)
