"""How words feel: the lexicons of `bot/mood.py`.

English: the lexicon of VADER (C. J. Hutto and E. Gilbert, 2014; https://github.com/cjhutto/vaderSentiment), its plain
words of a valence of 1 and more, in steps of a half, without words that mean something else where people learn to
program (error, kill, master, …), and with some that are common in chats. Its licence:

    The MIT License (MIT). Copyright (c) 2016 C.J. Hutto

    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
    documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
    rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
    permit persons to whom the Software is furnished to do so, subject to the following conditions:

    The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
    Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
    WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS
    OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
    OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

Chinese: our own list, of words that anybody would name, simplified and traditional. A word is known by its first two
characters, for texts are cut into single ones; those that feel like nothing keep their characters from being counted.
"""

ENGLISH: dict[float, str] = {
    -4.0: """
raping rapist slavery
""",
    -3.5: """
apocalyptic brutalizing cancer catastrophe devastating devil evil evillest evilly excruciating excruciation faggot
fatality fu fucked fucker hatefulness heartbroken hell horrific horrifyingly killer killers killings motherfucker
murder murdered murderer murderers murdering nigger rape raped raper rapers rapes rapists shittiest suicidal suicide
terrorised terrorises terrorism terrorist terroristic terrorize torturers tragedy twat villains whore
""",
    -3.0: """
abduction abhorrent abhors abuse abusive abusively abusivenesses afu angriest anguish assassination assault
assaultive assholes bastards betray betrayal betrayed bitch bitches bitchiest brutal brutalised brutalises
brutalising brutality brutalize brutalizes brutally bullied bullshit bullying cocksucker condemnation contempt
crisis cruel cruellest cruelly cruelness cruelty cunts damnified death degrading destructive devastate devastated
devastates devastative devastator devastators devilry deviltry dickhead direful disaster disastrous disgust
disgustedly disgustingly dismal doomed dooming doomsday douchebag dreadfulness drowned dx enraging enslave evildoer
evildoing eviller evilness excruciatingly faggots fatalities fatally ffs foetor fraud fubar fuckers fuckface
fuckhead fucktard fuking greediest harassers harshest hated hatred havoc heartlessly heartlessness hellish
hopelessness horrendous horridnesses horrifically horrifies infuriated irate jackasses kia maddest miserableness
molestations molesting molests motherfucking murderee murderees murderous murderously murderousness murders
obliterate obscene offensively perverts pissed poisoners poisoning poisonously racism racist rageful remorselessness
repulse ruin ruinate saddest scams scumbag shithead sinister slut sluttiest stab terrified terrorise terrorising
terrorisms terrorists terrorized terrorizes terrorizing torture torturing traumatically traumatise traumatization
ugliest vile villainess villainously violence violent violently war warmonger warmongers whored whores wickedest
worst
""",
    -2.5: """
abandonment abducted abhorred abused abuser abusers abuses abusiveness aggravate agonised agonises agonize agonizes
agonizing agonizingly alarmingly anger angered angers angrier angry anguishing antagonizing appall arrogance ass
assassinations assaulted assaulting assaults assfucking attacker attackers bad ban bankrupt bastard bastardised
bastardises bastardising bastardization bastardize bastardizing bastardly bastardy betraying betrays bfd bfe bitched
bitcheries bitchery bitchily bitchiness bitchy bitterest blameworthy brutalise brutalities brutalizations brutalized
casualty chaos chastise cheated cheater cheating choke cocksuckers compassionless condemns conspiracy contemptuously
corpse crappy crestfallen crime criminal criminals crude crudest crueler cruelest crueller cruelties curse cwot
damaging damnation damnatory damnifying damnit danger dangered dangering dearth degradation degradingly dehumanizing
dejecting depressed depressingly depression despaired despairing despairs despisement despisements despising destroy
destroyers destroying destroys destruct destructing destruction destructionist destructions destructively
destructiveness destructs devastatingly devilishness devilkin devilled devils dick dirtiest disappointment disasters
disconsolate disgusted disgustful disgusting disheartenment dishonest dissatisfying distraught distress
distressfulness distrusted disturbing disturbingly doa doomsdays downhearted dreaded dreadfully dreadfuls dreading
drown dullsville dumb dumbass dumbest dumbhead effin egotist enemy enrage evildoers evildoings evilest evils
excruciate fail failing failure fascist fearfullest fearing felonies felony fiasco fkm foetid foreclosures frauds
fraudster fraudsters fraudulence frightful fuck fuked fuming furious fury gloom goddam goddammed grieving
grievousness grim grouchiest harassed harasser harasses harassing harassment harassments harm harmfully harmfulness
harming hate hatefully hating heartbreak horrible horribleness horribly horrid horridness horrified horrify
horrifying horror horrors hostility humiliate humiliatingly humiliation humiliations hurt hurter hurtful hurtfully
idiot idiotic ignoramuses illegal impolitenesses incompetence indignation infuriates infuriating injustice insanity
insult insulted insultingly irritant irritation joyless joylessness killingly lamebrained lazier laziest liar liars
livid loathing loneliest loser losers lousiest lousy lowbred lying miseries miserliness misery mofo molester moronic
mourningly mourns murderesses naggiest nastier nastiest nastinesses nasty negativity neglected nfc nfw numbskull
obnoxiously offending offensiveness outcry outrage outraged outrages pain painfully painfulness panic pathetic
perversity pervert perverted petrified petrifies petrifying pissants pita po poison poisoner poisonings poisonous
poisons pollute poorest poverty prblms prejudice prejudicial prejudicialness prison prisoner prisoners puke punish
punishers punishing punitive racists rage raging rancid rancidity rancidly rancidness reek regrettable rejectee
rejection remorseless retard retarded revenge revengeful riot riots rob robber rotten rudest ruination ruinous
ruinously sabotage sadden saddened sadder savageness savagery savages scam scandalous shamed shamefaced shamefulness
shamefulnesses shit shitheads shitty sick sickened sickening sin sinful sluts sluttier sluttishness slutty snafu
sobs sorrow sorrowed sorrower sorrowfully sorrowfulness spite spited spitefully spitefulnesses starved starves
stealing steals stench stenchful stenchy stinkard stinking stinkpot strangled stressful stressfully stricken stupid
stupider stupidest stupidnesses stupids sucker suckers suffer sufferers swindle tard terriblenesses terribly
terrifies terrify terrifying terror terrorization terrors thief thieves threat threatening tortured torturer
tortures torturous totalitarianism tragical tragically trapped traumatic traumatised traumatism traumatize
traumatizing travesty treasonous troublesome troubling trustless ugliness uglinesses ugly unethical unhappier
unhappiest unhappiness unhealthy unjust unlovable unloving unprofessional viciousness victimising victimization
victimize victimizing villain villainies villainousness villainy violated violater violaters violates violating
violations violative violator virulent wanker warmongering warred wars weakest weep weepiest whoredoms whoremonger
whoresons wicked woebegone worsen wrathful wth
""",
    -2.0: """
abandon abandoned abandoner abandoners abductions abhor abusing accident aching admonished adversity affectionless
aggravated aggravates aggressiveness aghast agitated agitating agitators agonise agonized agony amort angering
angerly angrily anguished anguishes animosity annoy annoyances annoyer annoying annoys antagonism antagonist
antagonistically antagonize appalled appallingly appalls apprehension arguing argumentatively arrested arrests
arrogances arrogant arrogantly ashamed atab attacked attacking aversion avoider awful badly banish bankster banned
bastardies bastardise bastardizations bastardized bastardizes beaten beating belittle belittled bereave bereaved
bereaves bitchier bitter bittered bitterer bitterly blamable blamably blamed blamer blamers blaming bloody broke
brutalization bsod btd bully burden burdensome catastrophic censor chagrin chaotic charmless chastised cheat
cheaters cheats choked chokes choking chucklehead collapse comfortless complainer condemned conflictive contagion
contemptibilities contemptibleness contemptuous contradictious coward criticise criticised criticism crudeness
crudenesses cruder crushed crushes cry crying cunt damage damaged damager damagers damages damagingly damnableness
damnifies damnify damningly damns dangerous dangerously dangerousness dangers darkest deceit deceitful deceived
deception defeat defeated defeatists defeature defecting defective defectively defectiveness defectives defector
degradative degraded degrader degraders degrades dehumanize dehumanized deject dejected dejects denies denounces
depress depresses depressions depressively depressor deprival deprivation deprivations deprive deprived depriving
despairingly desperation desperations despiser despises despondent destroyed destroyer destructed destructibility
destructionists destructivity detain devastation devastations deviling devilish devilling devilment dipshit dire
disabling disadvantage disadvantageous disadvantageously disagreeablenesses disagreements disappointed disappointing
disappointingly disappointments discomfort discontented discourage discouragement discouragements discouragers
discourages discouraging discouragingly discredited disdain disgrace disgraced disgusts dishearten disheartened
disheartening dishearteningly disheartenments disheartens disillusioned dismay dismayed dismaying dismayingly
dismays disparage disparaging displeased disqualified disrespect disrespected dissatisfaction dissatisfactions
dissatisfactory dissatisfies dissatisfy distressed distressful distressingly distrust distrustful distrustfully
distrusting disturbers disturbs dolorous doomful doomsdayer doomster downcast dread dreadful drowns dullards
dullnesses dumbheads dumbness dumpish duped dysfunction egotistically embarrassment emptiest emptiness enemies
enrages erroneous eviction eviler exasperated excruciations expel exploited exploiting fag failings faithlessness
fake fakes faking falsify faultfinding faultier faultiest faultily faults fcol fear feared fearful fearfuller
fearfully fearfulness fears feuded fightings flawed flunked flunker flunkey flunks flunky foe foeman foes foetors
fool fooleries foolery foolishly foolishness foolishnesses fools forbidden forbidding forbiddingly forced foughten
frantic fraudulent freak freaking freakish freakout freeload frightened frightening frighteningly frightfulness
frustrate frustrated frustrates frustrating frustratingly frustration frustrations fucks fumed furiously futile
gloomed gloomful gloomiest gloominess glooming glum goddamn goddamned goddamns goddams gossipping greedier greedily
greenwash grief grievance grieved griever grieves grievous grimaced grimaces grimy gross grossest grossness grouch
grouchier grouchiness grouchy guiltier guiltiness guilty harass harmed harms harsh harsher hateful hater haters
hates haunted heartbreaker heartbreakers heartbreaking heartbreakingly heartbreaks heartless heavyhearted helpless
helplessness heroin heroinism homesickness homesicknesses hooliganism hopeless hopelessly horrendously horribles
hostilely hostilities hurters hurtfulness hurts hypocritical hysteria hysterics idealess ignorami ignoramus ill
illiteracy illnesses imbecile immoral immoralist immorally impatience impolitely impoliteness imprisoned
incapacitated incensed incompetent inconsiderate indignant infected inferiorities inferiorly infringement infuriate
insecure insecureness insecurities insecurity insensitivity insincere insincerely insipid insulter insulters
insulting insults intimidated intimidating intimidation irrationalist irresponsible irritable irritably irritants
irritate irritated irritating irritatingly irritative jackass jailed jealous jealousies jealously jeopardy killjoy
lame lamely lament lamentations lamenting libelous lies loathe loathed loathes loneliness lonesomeness lousier
lowbrow lowery lowliest lowlifes lowlight lowlives ludicrousness lugubrious lunatic mad maddening madness maniac
masochistic meaningless melancholiac melancholy menace mindless misbehave miser miserable miserably
misrepresentation misunderstanding mock mocks molest molestation molested molesters moochers moodiest mope moron
mourn mourners mournfuller mournfulness mourning murderess nagger nasties nastily neglect neglectful neglectfully
neglectfulness neglects neurotically nme notorious numbskulls obliterated obnoxious obnoxiousness offends offensive
oppressed outrageous outraging overreacts pained painful pains panicked panicking panics passionless pathetically
penalty perjury perpetrator persecute perverse perversely perverseness perversive pessimisms pessimistically
petrifaction phobias pisser pitiful pitifuller pitiless pitilessly poisoned polluted polluter polluters pollutes
poor powerless prejudiced prejudices prejudicing problematic problematical problematically promiscuity prosecutes
prosecution protesting puked pukes puking punishable punished punisher punishes punishment punishments qq raged
rages rebelliously recession reeked reeking regret regretful regretfully regrettably regretters rejectees rejecters
rejecting rejections rejective rejector rejects remorselessly repressing repressors repulsed resentful resentfulness
resentment resentments revengefulness revenger revengers revenges ridicule ridicules ridiculing robs rude rudely
ruder rudesby ruined ruiner ruins sad saddening saddens sadly sadness savage savaged savagely savageries scandal
scandals scare scared scaremonger scaremongers scaring scary scornful screwed screwiest sedition selfish
selfishnesses severely shame shamefacedly shamefacedness shameful shamefully shamelessnesses shattered shits
shittier shitting shylock sicken sickener sickeners sickeningly sickens sins sluttish sluttishly sluttishnesses
smartass smother smothers smuggler smuggling snob snobbery snub snubbed snubs sobbed somber sorrowful spammer
spamming spiteful stabbed stabs stampede stank starve starving steal stealers stealings stinkiest stolen stress
stresses stressor stressors struggling stupidities stupidity stupidly suck sucked suckered suckering sucks sucky
suffered sufferer suffering suffers swindling tantrum temper terrible terribleness thieve thieveries thievery
thoughtless threatened threateners threateningly threating threats ticked tired torturously totalitarian tragedies
tragic tragics trauma traumas traumatises traumatising traumatizations treason troubled troublemaker troublemakers
troublemaking troublers troubles troublesomely troublesomeness troublous troublously ugh uglier uglies uglification
uglifies uglify uglifying uglily unacceptable unattractive undeserving undesirable uneasiest uneasinesses
unemployment unfair unfortunate unfortunates unfulfilled ungrateful ungratefully unhappily unhappinesses unhappy
unhelpful unintelligent uninvolved uninvolving unloved unlovelier unloveliest unloveliness unlovely unpleasant
unsavory unworthy upsetter upsetters upsetting useless vain vexation vexing victimhood victimized victimizer
villainesses villainous violate violation violators vitriolic vulture warfares warring waste wasted weaken weaker
weakliest weakly weapons weeper weepier weeping weepings weirdo wept whines whoredom whorehouses whoremaster
whoremongers whoreson wickeder wickedly wickedness wickednesses widowed wiseass woe woeful woefulness woes worriedly
worrier worries worriments worrisomely worrisomeness worrit worry worrywart worse worsened worsening worsens worser
worthless wreck wrong wronged wtf yucky zealot
""",
    -1.5: """
abandoning abandonments abandons accidentally accidents accusations accuses ache ached acrimonious adversarial
adverse adversities afflicted aggress aggressed aggressions aggressively aggressivities agitate agitatedly agitates
agitations agitative agitator agonising alarm alarmed amoral amorality angriness annoyance annoyed annoyers
antagonistic antagonists antagonized anti appalling argue argued arguer arguers argues argument argumentative
argumentive arguments arrest ashamedly aversive avoidance avoided avoiders avoiding awkwardly awol axed bamboozle
bamboozled bamboozles battle battlefield battleground battles bereaving bitterish bitterness bizarre blame blameful
blamefully blames blameworthiness blind boredom bores boresome boring bother botheration botherations bothered
bothering bothersome boycott boycotted boycotting boycotts brainwashing bummer burdened burdener burdeners burdening
burdens careless carelessness carelessnesses chagrined chastises chastising cheerless cheerlessness chuckleheaded
clueless coerced collision combat complain complained complainers complainingly complains complaints condemn
confrontation confrontational confrontations confronters confused confusedness confuses confusing confusingly
contagions contagious contemptible contemptibly contradict contradicted contradicting contradictions
contradictoriness contradictors contradictory contradicts cowardly crap crash crazily craziness crazy cried cries
criticises criticising criticize criticized criticizer criticizers criticizes criticizing crushing cynic cynical
cynically cynicism cynicisms damn damnable damnably damnations damned damning deadlock decay decayed decayer
decayers decaying decays deceive deceives deceiving defeater defeating defeatism defeatist defeats defeatures defect
defected defection defections defectors defects defenseless defenselessness deficit degradations dehumanizes
demoralized denier denounce denying depressant depressants depressible depressing depressive depressives depressors
depriver deprivers deprives derailed derails deriding despair despairer despairers desperate desperately
desperateness despise despised despisers destructible detained detention deviled devilishly devilries deviltries
difficult difficultly difficulty dirt dirtier disadvantaged disadvantageousness disadvantages disagree disagreeable
disagreeableness disagreeably disagreed disagreeing disagreement disagrees disappears disappoint disappointedly
disappoints discarded discomfortable discomforted discomforting discomforts disconsolation discord discouraged
discourager disguising disillusioning disillusionment disillusionments disillusions disjointed dislike disliked
dislikes disliking disorder disoriented disparaged disparages dispute disputed disputing disquiet disregarded
disregards disruption disruptions disruptive dissatisfied distort distorted distorts distractable distracted
distractibility distractible distractingly distraction distractive distracts distresses distressfully distressing
distrustfulness distrusts disturb disturbance disturbances disturbed disturber doom doomsayers doomsaying
doomsayings doomsters dork doubt doubtable doubter doubters doubtful doubting doubtingly douche drained dreads
dreary drunk dubious dull dullard dulled duller dullest dullness dumbed dumber dumbfounded dumbly dumbs dumped
dumpier dumpiest dumping dumpy dupe eerie egotism egotistic egotists embarrassable embarrassed embarrasses
embarrassing embarrassingly embarrassments emergency emptinesses enraged enslaved enslaves envyingly excruciated
exhausted exhauster exhausters exhausting exhaustion expelling expels exploits failingly fallen falsified farce
fatalisms fatigued fatigues fatiguingly fault faulted faultfinders faultiness faulting faulty fearsome feud feuding
feuds fidgety fiery fight fighting fights firing flop flops flu flunk flunkers flunkies flunking fooled foolhardier
foolhardiest foolhardiness foolhardy fooling foolisher foolishest forbid forbiddance forbidder forbidders forbids
fought frantically freakier freakiest freakiness freakishness freakouts freaky freebooter freeloaded freeloading
freeloads freezingly frenzy friendless fright frighted frighten frightens frightfully frighting frowning funeral
funerals gag gagged ghost glamourless gloomier gossiping gossipmongers gossipped gossips gossipy grave graveless
gravely graveness gravesides gravest greed greediness greedy grievances grieve grievously grimacing grime grimier
griminess grimly grimmer grouchily grouching guiltiest guilts gullibility gullible hacked hapless haplessness
hardship harried haunt helplessly helplessnesses hesitated hesitater hesitaters hesitates hesitating hesitatingly
hindrance hooligan horridly hostile hostiles humiliated humorless humorlessness hurting hurtling idealless ignorance
ignorantly ignorer ignoring illness immoralism immoralists impatiently imperfect impersonal impolite inability
inadequacies inadequacy inadequate inadequateness inadequatenesses incapable inconvenience inconvenient
indecisiveness indoctrinate ineffectively ineffectiveness ineffectuality ineffectualness inferior inflamed inhibit
inhibition inhibitive injured insane insecurely insignificant insincerity interrogated interrupt interrupters
interruptible interruption interruptions interruptive interruptor interrupts intimidates intimidations intimidator
intimidators irrational irrationalism irrationalists irrationalities irrationality irrationally irresolute
irritabilities irritability irritableness irritates irritations isolates isolation jaded jealousness jealousy jerk
joylessly killjoys lack lackadaisical lag lags lamebrain lamentable lamentableness lamentably lamentation lamented
laments lamer lamest laughingstocks lazy leak leaked lethargy lied lonelier lonelinesses lonely loner lonesome
lonesomely lonesomes loose loses losing loss losses lost louse louses lousiness lowballed lowermost lowest lowlier
lowlife lowness luckless ludicrous lunatics madly maniacally manipulated manipulating masochism masochist
masochistically melancholias menaced mess messed messy misbehaved misbehaves misbehaving mischief miserly misers
misgiving misinformation misinformed misinterpreted misleading misreporting mistake mistaken mistaker mistakers
mistakes misunderstand misunderstands misunderstood mlm mocked mockeries mockers mockery mocking mooch mooched
moocher mooches mooching moodily moodiness moodinesses moody moronically morons mourned mourner mournful mournfully
mumpish nag nagana nagged naggers naggier nagging naggy needy neglecter neglecters neglecting neurotic niggas nimy
nitl nonsense numb numbingly numbly nuts obsessing obsession obsessional obsessionally obstacle obstacles offences
offender offenders offenses ominous oppressive optionless outrageousnesses overload overreacted overweight
overwhelmed painfuller paining panicky paranoiac paranoias paranoids peril perplexed persecuted persecuting
perturbed perversion perverter pessimism pessimist pessimistic petrify pettiest phobia phobics piss pissant pissers
pisses pissing pitied pitiers pitying pleasureless poorer prblm prejudicially pressures pressuring prick pricklier
prickliest problematics profitless promiscuously prosecute prosecuted provoke provokes punishabilities punishability
quaking quitting rancidnesses rant rants rash rebeldom reckless reeker reekers refusing regretfulness regrets
regretted regretter regretting rejecter rejectingly reluctance reluctancy repress repressed represses repressible
repression repressions repressive repressively repressor resented resentfully resign resigns restlessly restrict
restricted restricting restricts revengefully ridiculed ridiculer ridiculers ridiculous ridiculously
ridiculousnesses rigged riskier riskiest riskiness riskinesses risking robing rudeness ruinable ruinated ruinates
ruinating ruinations ruing scapegoat scapegoats scarer scarers scares scarey scold scorn scream screamed screamers
screaming screwup screwy seditious seduced selfishly selfishness severe severed severer severest shakedowns shakeout
shameless shamelessly shamelessness shames shitted shock shocked shocking shocks shoot shylocking shylocks shyness
shyster skeptical slam sleeplessness sluggish smartasses smear smh smileless smothering smuggest smuggle smuggled
smugglers smuggles smugness smugnesses snobbily snobbishnesses snobby snobs sobbing sore sorrowing sorrows spam
spammers spiritless spitefulness spites startle stealable stealer stenches stereotype stifled stingy stink stinker
stinkier stinkingly stinko stinky strained straining stressed stressing strikes struggle struggled strugglers
struggles stubborn stubborner stubbornly stubbornnesses stuck stunk stupidness stuttering submissive sulking sullen
suspects suspicion suspicions suspiciously sux swindles talentless tantrums tease tempers tense tenseness tenser
tension tensioner tensioning tensions thieved threaten threatener threatens timidity toothless tragediennes traumata
traumatized traumatizes trembling trickers tricksters trivialising trouble troubler tumor turmoil uglified
unappreciated unapproved uncertainly uncertainness uncertainties uncertainty uncomfortable uncomfortably
uncontrollability uncontrollable uncontrollably unconvinced undermined undermines undermining unease uneasier
uneasily uneasiness uneasy unequal unfocused unfortunately unfriendly ungratefulness unimportant unimpressed
unimpressive unkind unmotivated unprotected unsatisfied unsecured unsettled unstable unsuccessful unsuccessfully
unsupported unsurely unwelcome upset upsets uptight uselessly uselessness vicious viciously victimised
victimizations victimizers victimizes victims virtueless vultures walkout wasting weakened weakener weakeners
weakening weakens weakhearted weaklier weakling weaklings weaknesses weaponed weepies weeps weepy weirdie weirdoes
whine whiney whoremasters wimp wimpish wiseasses wisenheimers witch woefully worriers worriment worrisome worrying
worrywarts
""",
    -1.0: """
absentee accusation accused aches adversaries adversative adversatives aggravating aggression agitation agitational
alarmists alarms alas alienation allergic amoralities amorally antagonisms anxious anxiousness apathetic apathy
arguable arguably aversions avoid avoidances ayor battled battlefront battling biased bitching bittering bore bored
boredoms borers broken carelessly censors charges childish chuckleheads collapsed collapses collapsing collides
collisions colluding complainants complaint confrontationist confrontationists confusion confusional contempts
contemptuousness contentious contradictable contradiction contradictor controversially cornered crazinesses critic
criticizable critics crudely crudes darkness deafening defenselessly defer degradable deniers deprivals derail
deride derides derision devilments devilwoods difficulties diffident disbelieve discard discards discourageable
disguise disguised disguises disillusion disinclined disorganized disputes disregard distorting distract distracting
distractions dominating dooms doomy dorkier dorkiest dorky doubted doubtfully doubtfulness doubts downside dud
dulling dullish dulls dully dumbfounder dumbfounders dumbstruck dumper dumpiness dumpings dumpsters dynamiter
egotisms embarrass embarrassedly emptily ennui envied envier enviers envious envy exclusion excruciates exhaust
exhaustible exhaustions exhaustiveness exhausts expelled expensive exposing faithless fatalistic fatalists fatigue
fatiguing feeble ferociously ferociousness ferocities feudalistic feudist flustered foolhardily foolish forbiddances
forgetful freaked frights fud fume gloominesses gossiped gossiper gossipers gossipmonger gossipry graver gravers
graves graveyard graveyards greeds grievants grimace grimed grimes guilt guiltily haunting haunts hesitancies
hesitant hesitantly hesitate hesitation hesitations hiding hoax hooligans humiliates humiliating hunger hurtles
ignorable ignorances ignorant ignorantness immobilized immoralities impatient impose impotent inaction inadequately
indecisions indecisive ineffectual ineffectually inferiority inhibitors inhibitory inquisition interrupted
interrupter interrupting intimidatingly intimidatory irrationals itchy jealz jerks jumpy killdeer lagged lagging
lamebrains lamenter lames lethargic lone loneness loomed lossy loused lousily lousing lowballs lowering lowliness
lowlinesses lowly madder maniacs manipulation masochisms masochists meh melancholics melancholies mia misread
mistakenly mistaking monopolizes moodier moping moronity mubar nags naive nastiness nerd nervous nervousness numbest
numbing numbness obsess obsesses obsessiveness obsolete obstinate offence offend offended offense outrageously
outrageousness overreact overstatement overwhelming paranoia paranoid pathetical perpetrators persecutes perversions
perversities pervertedly pervertedness perverting pesky pessimists phobic pileup pique piteous pitiable pitiableness
pitiably pitier pities pitifullest pitifully pitifulness pity pityingly poisonwood postpones prickle propaganda
protest provoked pseudoscience pu pushy questionable quit ranter ranters rebelled rebelling rebellions rebellious
rebelliousness refund refuse refused reluctant remorse repetitive repressiveness resentence resenting resents
resignation resignations resigned resigner resigners restless restlessness restriction ridiculousness rigidification
rigorous ruining ruinousness sapfu sappy sarcastic sarcastically sceptic sceptical screams screwer screws screwups
severeness shakedown shakiest shamefast shitakes shockable shockers shortage shy shynesses sigh sillinesses
skeptically skepticism skepticisms slash slashing smog smothery smugger snobbishly snobbishness snobbism sob
solemnity squelched stammerer stammering stereotyped stinkards stinkbugs stinkers stinks strains strangely struck
struggler stubbornness stutter stutterer stutterers stutters submissively suing supremacists suspiciousness swearing
teased teaselers teaser teases tensed tensely tensest tensing thorny timid timider timidness torn toughish toughly
tragedians tremble trembled tremblers trembly tremulous trickeries trickery trickiest trickiness trickish
tricksiness trivialises trivialities trivialize trivializes unanswered uncertain unclear uncontrolled uncredited
underestimate underestimated underestimates undermine unresearched unsophisticated unsubscribe unsure uptightness
victim victimise victimises vindicating vulnerableness vulnerably warfare warned weakish weakside weapon weary
weepers weirdies weirdly weirdos whiner whorehouse wimpier wimpiness wimps wiseacre wisenheimer woebegoneness
woesome worn worried worrits wowser zzz
""",
    0.5: """
finally works
""",
    1.0: """
abilities absolve acceptability acquitted actives admiralty admits adorning advanced advantage adventurer
adventurists agreed agreements alright amazonstone amorino amoristic amuser appease appeasing apprehensible assurers
attachment attachments attractor attractors avid awardees beautician beneficed benefices beneficiate benevolentness
benignantly bffn blithe bolder brightener brighteners brightwork calmative certainty champagne champed championed
champy cheerio cheerleaders cheerleading cheerleads chic chuckled chucklers chuckles chucklesome chucklingly clear
cleverish comedians comforters commit committed comprehensive conciliate conciliated conciliates consents consolable
convince convivial creates creating creationisms creditableness cutesie dearies definite delicately desired
determinacy determinately determinateness determinative determinator devotements devotional devotionals divinations
diviners doubtlessly dream dynamical dynamics dynamisms eased easing endorsed energy engager engagers engages
ensuring entertainers entitled excitability excitableness excitants excitatory exonerating faultlessness favors
fearlessly fearlessness fervent festivalgoers fitness flatteries flatteringly flexibilities forgive forgiveness
forgivers freeborn freedman freedoms freeholds freelance freelancer freer freers frees freestanding freethinker
freethinkers freethinking freewill frisky fulfills gg gigglier gigglingly giggly glamorising glorioles gn gracility
gracioso grandee grandees granted greeted grinned grinner gt guarantee hago happing heavenwards helpers heroicomic
heroicomical honorariums humor humored humoresque humorist humoured hurraying idealize immortal immune
impressibility impressionist innocents inspirators intellectualized intelligibly invigorations invigorator
invigorators jaunty jhomf jj jocular joke jokes jokey joyride joyrode justifiably keenly laughableness laughably
lenient libertinisms like loyalism loyalists luckiness lucking magnification magnifications meriting meritocrats
merrythought neaten neatens neater neats nicety opportuneness outgoing outreach painless painlessly palatably
pardons partyer partyers perfective playfulness pleasers poised popularised popularising popularizers pressureless
prizefighter prizer profitabilities profitability promisees promisingly promisor prospect prospects radiances
radiants readiness relaxant relaxations relaxins relievable relievers resolute resolvable respectableness
respectiveness restore restores restoring richening romanticizing safeguarding safelight salient securement
securities sentimentalise sentimentalism sentimentality sentimentalization sentimentalized sentimentalizes
significance sillier singleminded smarty sociabilities sociability solidarity solved solves sparkling stable stamina
steadfast stimulates strongholds strongly succeeder successionally successive successiveness successors superiors
supporter supportive surefire surer surety surprise surprising surprisingly surviving swiftly tenderers tnx
tolerance tolerant tranquilly treasure treasurerships troubleshooter trustee trusties trustors txs usefulness vigor
vigors virtuose vision visioning vital vitalise vitalises vitalities vitally vitals vitamin warmed warmer warmers
warms well wells willingness wiser worship worshiper worshipfully worshiping wowsers wp yeah yep yolo
""",
    1.5: """
ability absolved absolves absolving acceptabilities acceptable acceptableness acceptably acceptances acceptant
acceptation accepting accomplishes achievable acquitting admiral admirals admiralties admirations admirers admires
admiring adorer adores adorner adornment advantaged advantageous advantageousness advantages advantaging adventure
adventured adventures adventuresome adventuresomeness adventuresses adventurism adventurist adventuristic
adventurous adventurously affectionally affections agree agreeablenesses agreeably agreeing alive amorist amuse
amusement amusements amusers amuses amusing amusive apologise apologized apologizes applauded applauds appreciations
appreciativeness appreciators appreciatory approves asset assurance assurances assure assured assuredly assuredness
assures assurgent assuring astonished astound attract attractant attractants attracts awarded awarders badass beaut
beautifier beautifiers beauts benefic beneficences beneficialness benefits benefitted benevolence benevolently
benign benignity blessedly blessedness bold boldest boldly boldness bolds boost boosted boosting boosts brightens
brighter brightly brightness brightnesses calm calmed calmer calmest calming calmly calmness calmnesses calms
capable captivated carefree certainly charitable charitablenesses charitably charm charminger cheerer cheerlead
cheerled cherish chuckle chuckling clarity clean clevernesses comedian comedic comediennes comedies comedy comfort
comfortableness comforting comfortingly commitment compassionated compassionately compassionates compassionating
competent complimentarily compliments conciliating contented contentedness contentment convinced convincing
convincingly cool courtesy coziness creations creatively creativities creativity creditabilities creditably credited
credits curious cutely cutesier cuteys cutie daring daringness darlingly dear definitely delectables delighting
desirable desirous determination determined devote devoted devotedly devotee devotement devotes diamond dignities
dignity divination divinatory dreams dynamic dynamically dynamism dynamist dynamistic eager eagerly eagerness eagers
ease easeful easefully easement eases easily easiness easygoing easygoingness efficiencies efficiency efficiently
elation elegancies embrace empathetic enchanted encouraged encourager encouragers endorse endorsement endorses
energization energizations energizers engaging engagingly enlightens ensure entertain entertained entertainer
enthuse enthuses enthusiast enthusiasts excitabilities excitable excited exciters exhilarating exonerates expand
exultantly ez fair faithed fan fantasticality fantasticalness fantasticate favor favorably favorer favorers
favorited favourer favourers favouring festivalgoer festivals fiestas fit flattered flattering flexibility flexibly
flirtation focused foolproof forgave forgivable forgivably forgiven forgiver forgives forgivingly freebee freebees
freed freedwoman freedwomen freehanded freehearted freeman freemen freeness freenesses freest friended friendships
funnier funnies funninesses funnyman funnymen gained gains gallant gentler gga giggled gigglers giggliest giggling
giver givers giving gl gladly glamorise glamorization glamorize glamorizers glamors glorifiers gloriole graces
gracile gracing grander grant granting gratification gratified gratifies gratify greater greet greeting grinners
grinning ha haha hardy harmlessly harmonics harmonies harmonised harmonising harmonize harmonized harmonizer
harmonizers harmonizes harmonizing harmony healthy heavens heavenward helper heros highlight hilarious holiday
holidays honoraries honorary honorer honorers honorific honorifics honourers hoped hopefully hopefulness huge
huggable hugged hugger humerous humoristic humorists humorous humors humouring idealise idealism idealist
idealistically idealities idealizations idealizer idealizing importance importancy importantly impressionistic
impressionistically impressiveness improvements improvers incentive incentives innocence innocent innocently
innovation inspiratory inspirited integrity intellective intellectualistic intellectualities intellectuality
intellectualization intellectualize intellectually intellectualness intellectuals intelligencer intelligencers
intelligences intelligentsia intelligibility intelligible intelligibleness interestedly interesting interestingly
invigoration inviting invulnerable irresistible jewel joked jokester jollities joyriders justified jw keen keenness
kewl kissed kisser kissers kk laoj laugher laughers lawl leet liking livelier liveliness livelong lmao lol loyalist
lts luckie lucks lylb magnificoes meaningful meditative mercy merited meritoriously meritoriousness merits merrier
merrymakers merrythoughts motivate motivation nbd neatening neatest neatly neatness niceness niceties nifty np ntmu
nurtural nurturance nurturances nurturant nurture openness opportune opportunely opportunities optimal optimally
optimisation optimised optimises optimising optimistic optimists optimization optimizer original palatable pardon
pardoning partied partier parties partying passional peaceable peacekeeper peacekeepers peacekeepings peacemaking
perfecta perfecters perfectible perfectionism perfectionist perfecto perfects picturesque playfully pleasanter
pleasantries pleaser pleases popularise popularities popularization popularize popularizes popularizing positivism
positivists pray praying prays prettied pretties pride privilege privileges profitably profited profiting prominent
promise promised promiser promisers promises promising promote promotes promoting protect protects proudhearted
radiance radiancy radiantly rapturous reassurance reassurances reassure reassured reassures reassuring recommend
recommended redeemed reinvigorating relaxedly relaxer relaxers relaxes relaxin reliefs relieve relieved relievedly
reliever relieves relieving relievo relishing rescues resolvers resolving respectably respecters respectfully
respectfulnesses respectively respects responsible responsive restful restored revive revives rewarder riskless
robust romancer romancers romances romantic romanticise romanticised romanticises romanticists romanticization
safeguard safeguarded safeguards safekeeping safeness safest safeties satisfactorily satisfactoriness satisfactory
scrumptiously secured securely secureness securer secures securing securitized securitizes sentimental shockproof
sincere sincerities smart smartened smartening smartens smartie smarties smartly smartnesses smarts smile smiler
smiley smileys sociableness sociably sok solving soothe soothing sparkles special spirited splendiferousness
strengthen strengtheners strengths stressless stresslessness strongish stunning succeeders superiority
supportiveness supremos surefootedly surefootedness surest sureties surprisal survivor sympathy tenderest
tenderhearted terrifically thank thks thoughtful thoughtfully thrill thrills thx tranquilest tranquilities
tranquilness treat truer trustfully trustier trustily trustiness trusting trustingly trustingness truth truthfulness
tx ty unified untarnished validate validates validating valuableness valuing vigoroso vindicates virtues virtuosa
vitality vitalization vitalize vitalized vitalizes vitalizing warmest warmish warmly warmness wealthy welcomed
welcomer welcomes welldoers welling wellspring wellsprings wised wiseliest wises wisewomen wish worshipfulness
worshipping worships worthwhile xp xqzt yeees youthful yvw
""",
    2.0: """
acceptance accomplish accomplished admirableness admire admirer adorability adorable adorably adorations adored
adorers advantageously adventurousness affectional affectionate affectionately affectioned agog agreeability
agreeable agreeableness agreement amazed amazedly amazements amazes ambitious amorous amorousness amused amusedly
amusingness aok applaud applauding applause appreciate appreciated appreciating appreciatively approval approved
ardent astounded astounding astoundingly astounds attracted attracting attraction attractions attractive
attractively attractiveness attractivenesses awardee awarding awards beatific beautification beautified beautifies
beautifuler beneficently beneficial beneficiaries beneficiary benefit benefitting benevolences benignant better
bless blesseder blessers blessing braved braveries bravery braves breathtaking bright brighten brightened
brilliantines brilliants cared carefulness caring champ championing championship championships champs charitableness
charities charity charmed charmer charmers charmingly charms cheerers cheerfuller cheerfully cheerfulness cheeriest
cheers cherishable cherisher cherishers cherishes cherishing classy clever cleverer comedically comfortably
comforted comforter comforts commend commended compassion compassionate compliment complimentary complimented
confident confidently congratulate considerate contentedly courage courageousness creativeness creditability
creditable creditworthiness cute cutenesses cutes cutesiest cutesy cutey cutiepie cuties daringly darlings dearer
dearie dearly dearness dears deary dedicated deliciously deliciousness delightedness delighter delightfulness
delights devotedness devoting devotion devotionally devotions dignified dignifies dignify dignifying dignitary
divinities easier easiest easy effective effectively efficient elegance elegances elegancy elegant elegantly
encouragement encouragements encourages encouragingly energetic energetically energise energised energises
energising energize energizer energizes energizing engagement enjoy enjoyable enjoyableness enjoyably enjoyer
enjoyers enjoyments enlightened entertaining entertainingly entertainment enthused enthusiasm enthusiasms
enthusiastic enthusing esteemed excel excelled excitant excitation excitations excite excitement excitements exciter
excites exciting excitingly exonerate exonerated fab faith faithful faithfully faithfulness faiths fame fantastical
fantasticalities fascinated fascinates fascination faultless faultlessly fav fave favorable favorableness favored
favoring favorite favorites favour favoured favours fearless festival festive festively festivities festivity ff
fiesta foaf fond fondly forgiving forgivingness fortunate freebie freebies freeing friend friending friendlier
friendlies friendlily friendliness friendly friends friendship ftw fulfill fulfilled fun funner funnily funniness
funning funny gaining gallantly generously genial gentle gentlest gently gift giggle gj glad glamor glamorised
glamorises glamorized glamorizing glamorously glamourous glamours glories glorification glorifies good goodness
gorgeousnesses grace graceful gracefuller gracefulness grandeurs grateful gratefuller gratefully gratefulness
gratifications gratifyingly gratz greetings grin hagd hagn hahas hak hand handsome handsomely handsomer harmonic
harmonically harmonious harmoniously harmoniousness harmonise harmonization heartwarming helpful helpfulness
heroines heroisms heroize heroized heroizes heroizing hhoj honester honesties honestly honesty honor honorability
honorableness honorarily honoree honorifically honourable honoured honourer honouring honours hope hopes hoping hug
huggers hugging hugs hugz humoring humour humourous hurrahed hurrahs hurrayed idealised idealises idealistic
ideality idealization idealized idealizers idealizes ideally impress impressed impresses impressively improve
improved improvement improver improves improving influential innocency innovate innovates innovative inspirations
inspirator inspired inspirer inspirers inspires inspiring inspirit inspiriting inspiritingly intellect intellects
intellectualism intellectualist intellectualizes intelligence intelligent intelligential intelligently
interestingness invigorate invigorates invigorating invigoratingly invincible jewels jollies jollification
jollifications jollify jollity jovial joys keenest kinder kindly kindness kiss kissable kissably kissy kmuf laughed
laughing laughings laughs laughter laughters lighthearted likeable liked likes liveliest livelily lively lmbao
lovelies loyal loyally loyalties luck lucked luckier lucky lulz magnifico marvel marvels mature medal merit
meritorious merriments merriness merrymaker merrymaking mirthfully mml motivated motivating neat neatened nh nice
nicely nicenesses nicer nicest noble nurtured nurturer nurtures nurturing okays optimality optimisations optimise
optimisms optimistically optimize optimized optimizers optimizes optimizing passion passions peaceableness peaceably
peaceful peacefuller peacefulness peacekeeping peacemaker peaces peacetime peacetimes perfecter perfectibilities
perfectibility perfectively perfectivity playful pleasantly pleasantry pleased pleasurability pleasures popular
popularity popularized popularizer popularly positivenesses positivisms positivist positivistic powerful praised
praiser praisers praiseworthily preciously preciousness prettier pretty privileged prizes proactive profit
profitable profits progress promoted prosperous protected proud prouder proudful qt radiant reassuringly
reinvigorated reinvigorates reinvigoration rejoice rejoiced rejoices relax relaxed relaxedness relaxing relief
rescued respect respectabilities respectable respected respecter respectful respectfulness respecting respective
rewardable rewarded rewarders rewards richened richly richness richnesses roflcopter romanced romancing romantically
romanticism romanticisms romanticist romanticizations romanticize romanticizes romantics rotglmao safer safety
satisfaction satisfactions satisfiable satisfied satisfies satisfy satisfying satisfyingly save saved scrumptious
sentimentally serene sincerely sincereness sincerer sincerest slaw smarten smarter smartness smiles smiling sociable
sparkle splendidly splendiferously splendorous splendors splendour splendours splendrous sprightly stimulating
strengthened strengthener strengthening strengthens strongest suave succeed succeeded succeeding succeeds
successfully sunny sunshine sunshiny superiorly supporters supremest supremo surefooted surely sureness sweet
sweetie sweeties sweetly sweetness sweets talent talents tenderly tenderness terrific thanked thankfuller
thankfullest thankfully thankfulness thanks thoughtfulness thrilled thrilling thrillingly tranquiler tranquility
tranquillity treasures treasuring triumph triumphal triumphalisms triumphed triumphs trueness truest truly
trustability trusted truster trustful trustfulness trustiest trusts trustworthiness trusty truthful truthfully
truths united urw useful usefully valuable valuables valued vbg vindicated virtue virtuosas virtuosic virtuosity
virtuoso virtuosos virtuously virtuousness vitalising vivacious vwp warmhearted warmth wealth wealthier wealthiest
wealthily welcome welcomely welcomeness welcomers welcoming wellborn wellness winnable winned winners wise wisely
wiseness wisest woo woot worthy wow wows wtg yay yw
""",
    2.5: """
aas aayf admirability admirable admirably admiration admired admiringly adorableness adore adoring adoringly
adventuring affection amaze amazement amoroso amorously appreciates appreciation appreciative appreciator award
awardable beauteous beauteously beauteousness beauties beautifications beautifulest beautifully beautifulness
beautify beautifying beloved beneficent beneficially benevolent bl blesser blesses blessings bliss bonus bonuses
brave bravely braver bravest brightening brilliancies brilliancy bwahahah celebrate celebrated celebrates
celebrating champions charmingest cheer cheered cheerful cheerier cheerily cheeriness cheering cheerly cheery
cherished cleverest cleverly cleverness comfortable complimenting confidence congrats congratulations courageous
courageously courteous creditworthy cuteness cuter darlingness dauntless dearest delicious delighted delightedly
delighters delightfully delightsome divine divinest divinity divinize earnest ecstasies ecstatic encourage
encouraging energized enjoyed enjoying enjoyment enjoys enlighten enlightening enterprising entertainments
entertains enthusiastically ethical excellences excellencies excellency excellent excelling excels excitedly
fabulous fantastic fascinate fascinating festiveness flawless fondness friendliest funned funniest fwb gain
gallantry generosities generosity generous generousness gla glamorizer glamorizes glamorous glamour gloried
glorified glorifier glorify glorifying gloriousness glory gorgeously gracefully gracious graciously graciousness
grandest grandeur gratifying gratitude hahaha handsomeness handsomest happier happily happiness happy heartfelt
heaven heavenliest heavenliness heavenlinesses helpfully hero heroes heroic heroically heroics heroine honest
honorable honorably honorees honoring honors honour hooray hopeful humorously humorousness hurrah hurrahing hurray
hurrays ideal iluaaf impressing impressive inspiration inspirational inspirationally inspire inspiringly
intellectual iyq jollied jollier jollily jolliness jolly jollying joyance joyfuller joyfully joyfulness joying
justice kfy kind kindnesses kisses kissing kudos laugh laughingly liberties liberty lmfao lmso lolz lovers loves
lovingness loyalty luckily ly lylab lylas magnific magnifical magnifically magnificence magnificences masterpieces
merriest merrily merriment merry merrymakings mirth mirthful muah mwah optimism optimist overjoyed passionate
passionately passionateness peace peacefully peacemakers perfect perfected perfecting perfection perfections
pleasant pleasantest pleasantness pleasantnesses pleasing pleasurable pleasurableness pleasurably pleasure pleasured
positiveness positiver positivities positivity praise praises praiseworthiness praiseworthy praising precious
prettiest prize prized prizewinner prizewinners profitableness proudest proudly ptl reinvigorate relaxation
remarkable rescue respectability revered reward rewarding rewardingly rich richer riches richest rofl roflmao
romance romanticising rotfl rotflmfao securest sexy sfete sgtm smiled smilingly sophisticated splendent splendidness
splendiferous strong success successes successfulness sunnier sunniest superior supreme supremely supremeness
supremer survived swak sympathetic talented tenderheartedly tgif thankful tia tops treasurable treasured triumphant
triumphantly triumphing trustable trustworthily trustworthy tyvm valuably vibrant vip virtuous visionary vwd
warmheartedness wd wealthiness welldoer winning winningly winnings wins wisdom won wonderful woohoo worshiped
worshipped wowed wowing xoxozzz yummy ywia
""",
    3.0: """
adoration alol amazing ambw amor awesome beautiful beauty beneficence best bff blessed blessedest blissful
blockbuster brightest brilliance brilliances brilliant brilliantly champion charming cheerfullest congratulation
cutest darling delectable delectably delight delightful divinely ecstasy ecstatically ecstatics elated enrapture
euphoric excellence excellently exhilarated exhilarates exuberant exultant fabulousness freedom funnest glee gleeful
glorious gloriously godsend gorgeous gorgeousness gracefullest great greatest hallelujah happiest heart heavenlier
heavenly heroical heroism honestest honored jolliest joy joyed joyful joyous joyously joyousness jubilant lifesaver
lovable love loved lovely lover loverly loving lovingly luckiest lyb lyl magnificent marvelous masterpiece miracle
outstanding paradise peacefullest perfectest perfectly perfectness pleasuring positivest prizewinning pukka
rejoicing rotflmao rotflol rotgl sete smartest soulmate splendid splendor successful super superb sweethearts
tenderheartednesses vbs win winner wonderfully wonderfulness xd xlnt xoxo
""",
    3.5: """
aml ecstacy euphoria hearts ilu ily lya magnificently sweetheart
""",
}
"""{valence: words}"""
CHINESE: dict[float, str] = {
    -3.0: """
差极 骗钱 恨死 烂透 糟透 奇葩 别买 别来 别去 再也 绝不 气愤 黑店 黑心 无耻 可耻 最烂 最糟 太恶 太垃 太失 太坏 太不
打死 坑死 去你 恶毒 憎恨
""",
    -2.0: """
讨厌 难过 伤心 失望 生气 愤怒 郁闷 烦躁 烦人 烦死 焦虑 沮丧 绝望 痛苦 崩溃 后悔 糟糕 差劲 很差 最差 极差 差评 太次
劣质 低劣 粗糙 毛病 坏了 坏掉 破损 损坏 难看 难吃 难用 难听 难受 难闻 恶心 恶劣 肮脏 很脏 太脏 好脏 发霉 臭味 异味
噪音 吵闹 很吵 吵死 无聊 无语 无用 无趣 不好 不行 不满 不爽 不值 不悦 不快 不喜 不爱 不推 不建 不方 不舒 不清 不稳
不适 不便 不合 不实 不负 不靠 不准 不耐 不公 不愉 不幸 不安 不堪 欺骗 骗人 骗子 骗局 受骗 上当 被骗 坑人 坑爹 忽悠
虚假 假货 盗版 垃圾 浪费 白花 白买 退货 退款 退换 投诉 抱怨 敷衍 怠慢 推诿 粗鲁 无礼 傲慢 缺货 掉页 断页 破烂 漏水
死机 蓝屏 卡死 卡顿 发烫 很烫 太热 掉线 失败 失误 失眠 失落 拖延 拖拉 迟迟 郁悶 討厭 難過 傷心 生氣 憤怒 差勁 無聊
無語 浪費 煩死 難受 難看 難吃 後悔 焦慮 絕望 騙人 爛透 受不 忍不 气死 累死 吐槽 吐了 我靠 呜呜 唉唉 哭了 哭死 麻烦
讽刺 可恶 可气 可恨 荒唐 胡说 瞎编 乱七 八糟 抄袭 拼凑 凑字 冗长 晦涩 倒霉 悲剧 悲伤 孤独 害怕 恐怖 可怕 嫌弃 鄙视
蠢货 傻逼 傻叉 他妈 妈的 去死 滚蛋 卧槽
""",
    -1.0: """
根本 居然 竟然 简直 严重 无法 只能 所谓 不怎 不习 不符 不要 一般 普通 凑合 勉强 有点 偏贵 偏小 偏硬 不够 不太 欠缺
缺点 不足 太小 太少 太慢 太吵 太贵 太硬 太重 太厚 太短 太旧 太老 太大 太差 太烂 太坑 单调 陈旧 破旧 老旧 简陋 冷淡
拥挤 狭小 嘈杂 担心 犹豫 不如 怀疑 可惜 遗憾 迷茫 困惑 迷惑 疲惫 好累 很累 好难 太难 好烦 看不 听不 搞不 不明 不理
卡住 为难 紧张 无奈 尴尬 冷漠 着急 吃力 难懂 啰嗦 枯燥 乏味 平淡 空洞 抽象 肤浅 牵强 啰唆 没用 没劲 没意 没啥 没收
""",
    1.0: """
足够 均衡 够用 性价 还算 很快 强大 还行 还可 尚可 不赖 不坏 没问 没毛 齐全 合适 合理 正品 便于 新颖 详细 全面 丰富
用心 快速 及时 准时 简单 简洁 小巧 轻便 结实 耐用 省心 省电 满足 好处 好转 适合 适中 亲切 贴近 鼓励 赞成 信任 宽敞
明亮 豪华 美味 可口
""",
    2.0: """
喜欢 开心 高兴 快乐 满意 推荐 值得 不错 很好 友好 良好 可爱 美好 真好 好用 好看 好吃 好听 好玩 好评 挺好 蛮好 还好
太好 超好 舒服 舒适 舒心 漂亮 美丽 帅气 厉害 牛逼 给力 实用 有用 有趣 有意 有帮 有收 收获 受益 启发 清楚 清晰 明白
易懂 通俗 生动 细致 细心 耐心 热情 热心 友善 温馨 温暖 感谢 谢谢 多谢 感激 感恩 佩服 敬佩 欣赏 享受 幸福 愉快 惊喜
期待 欢乐 欢喜 兴奋 激动 自豪 骄傲 放心 安心 贴心 周到 方便 便捷 便利 快捷 流畅 顺畅 顺利 稳定 干净 整洁 安静 精致
精美 精细 大方 时尚 划算 实惠 超值 物美 价廉 便宜 优惠 优质 优美 优雅 优点 高效 专业 靠谱 放松 轻松 成功 进步 祝贺
恭喜 加油 点赞 赞同 赞美 认可 深刻 深入 透彻 到位 一绝 良心 出色 突出 过瘾 喜爱 喜悦 爱上 迷人 好书 好人 好事 好运
好棒 好赞 好喜 哈哈 嘻嘻 嘿嘿 耶耶 么么 给赞 搞定 学到 受用 涨知 喜歡 開心 高興 快樂 滿意 推薦 不錯 謝謝 感謝 厲害
實用 溫暖 驚喜 收穫 幫助 很讚 好讚 舒適 熱情 專業
""",
    3.0: """
太棒 棒极 极好 完美 超赞 惊艳 绝佳 一流 最爱 热爱 感动 精彩 卓越 杰出 大爱 爱死 美极 绝了 无敌 五星 好极 赞爆 顶级
精品 经典 震撼 狂喜 神作 优秀 极佳 極好 太讚 最愛 熱愛 感動 優秀
""",
    0.0: """
上好 丑闻 乐器 乐队 们好 优先 优势 优化 你好 假如 假期 假装 假设 做好 写好 准备 出差 刚好 劳累 午好 只好 只有 哭笑
喜剧 喜马 坏处 坏账 坑位 好不 好久 好了 好些 好像 好几 好友 好吗 好吧 好呀 好啊 好嘞 好多 好奇 好的 妙招 学好 宝贵
家好 差不 差别 差异 差点 师好 弄好 快慢 恋爱 恨不 恰好 您好 慢慢 搞好 放假 时差 最好 正好 没错 温差 烂漫 烦恼 烦请
爱国 爱好 爱情 牛奶 牛肉 珍贵 痛快 相差 看好 真假 破例 破坏 破解 积累 突破 累计 缓慢 美元 美团 美国 美术 装好 请假
贵公 贵方 贵社 赞助 逼真 音乐 骗你
""",
}
"""{valence: the first two characters of words}"""
ALONE: dict[float, str] = {
    2.0: "好棒赞讚爽妙帅美牛爱愛喜优優乐樂",
    -2.0: "差烂爛坑糟烦煩恨丑醜臭脏髒怒哭悲惨慘蠢笨骗騙破假坏壞累痛贵吵慢痘唉呸",
}
"""{valence: characters that are words by themselves}"""
