"""A small library in English and one in Chinese, and questions that it answers or can't.

Written by hand before the matcher was tuned, as a member of a community for learners would ask. Half of what it can't
answer is about things that it does speak of, in words that it has: near misses. Every second question of each list was
used to choose the threshold, the others only to measure.
"""

from bot.engine.searching.index import Document

ENGLISH = (
    Document(
        key="content:1",
        title="How billing works",
        tags=("billing", "payments"),
        text="Your card is charged on the day you joined, each month. You find every invoice under /invoices, with the "
        "address you gave at checkout. If your bank declines a charge we try again for seven days, and you keep your "
        "access meanwhile. Change your card in the portal; the new one is used from the next charge on.",
    ),
    Document(
        key="content:2",
        title="Cancelling and refunds",
        tags=("cancel", "refund"),
        text="You can cancel at any time with /cancel and stay in until the end of the month you paid for. Within 14 "
        "days of your first payment you get all of it back, no questions asked. Write to the creator, and the money is "
        "on your card within five working days. Renewals are not refunded, but you can pause your membership for up to "
        "three months.",
    ),
    Document(
        key="content:3",
        title="Set up Python on Windows",
        tags=("python", "setup"),
        text="Download the installer from python.org and tick 'Add Python to PATH' before you press Install. Open a "
        "new terminal and type python --version. When the terminal says that the command is not found, sign out and in "
        "again, or repair the installation from the control panel. We use version 3.11 in all lessons.",
    ),
    Document(
        key="content:4",
        title="Virtual environments and packages",
        tags=("python", "pip", "venv"),
        text="Make an environment with python -m venv .venv and activate it: .venv\\Scripts\\activate on Windows, "
        "source .venv/bin/activate elsewhere. Then pip install -r requirements.txt brings what a project needs. An "
        "error such as ModuleNotFoundError nearly always means that the environment is not active, or that the editor "
        "uses another interpreter.",
    ),
    Document(
        key="content:5",
        title="Your first Git commit",
        tags=("git",),
        text="git init makes a repository, git add puts files on the stage, git commit keeps them. To take back the "
        "last commit but keep your changes, use git reset --soft HEAD~1. Merge conflicts appear when two people "
        "changed the same line: open the file, choose one version between the markers, and commit again.",
    ),
    Document(
        key="content:6",
        title="Live sessions: calendar and recordings",
        tags=("live", "events"),
        text="We meet every Thursday at 18:00 UTC in the voice channel. The recording is in the library by Friday "
        "evening, with slides. Press 'I'm here' during the session: attendance counts towards your certificate. If you "
        "want to present something of your own, tell a moderator a week ahead.",
    ),
    Document(
        key="content:7",
        title="Certificates",
        tags=("certificate",),
        text="Whoever finishes all lessons of a course and hands in the final project gets a certificate as a PDF with "
        "a link that employers can check. It is made within two days after your project was marked. Your name is "
        "printed as it stands in your profile, so put it right before you hand in.",
    ),
    Document(
        key="content:8",
        title="Handing in homework",
        tags=("homework", "assignments"),
        text="Post your solution in the homework forum, one thread for each exercise, by Sunday midnight. A mentor "
        "marks it within 48 hours. Late solutions are marked as well, but earn no points. You may hand in again once "
        "after feedback. Working in pairs is welcome; name your partner in the thread.",
    ),
    Document(
        key="content:9",
        title="Pandas: reading and cleaning data",
        tags=("pandas", "data"),
        text="pd.read_csv reads a file; give encoding='utf-8-sig' when Excel wrote it and the first column has strange "
        "characters. Drop rows with missing values by dropna, or fill them by fillna. To join two tables on a key use "
        "merge; how='left' keeps every row of the first. Group and sum with groupby.",
    ),
    Document(
        key="content:10",
        title="Charts with Matplotlib",
        tags=("matplotlib", "charts"),
        text="plt.plot draws a line, plt.bar bars, plt.scatter points. Labels overlap? Turn them with rotation=45 and "
        "call plt.tight_layout(). Save a figure with plt.savefig('name.png', dpi=200) before plt.show, or the file is "
        "empty. Chinese letters appear as boxes until you choose a font that has them.",
    ),
    Document(
        key="content:11",
        title="Points, levels and badges",
        tags=("points", "levels"),
        text="You earn points by writing, answering and checking in each day; /rank shows yours. Spam earns nothing. "
        "At level 10 the lounge opens, at level 20 you may invite a guest. A streak survives two missed days in "
        "thirty. Coins come with points, and buy things in the /shop.",
    ),
    Document(
        key="content:12",
        title="Community rules",
        tags=("rules",),
        text="Be kind, stay on topic, and write no advertising without asking a moderator first. Job offers belong "
        "into the jobs channel. Do not share lessons outside of this community. Whoever breaks the rules is warned "
        "twice, and removed the third time. Report a message to a moderator by its menu.",
    ),
    Document(
        key="question:13",
        title="How many hours a week does the data course take?",
        text="Plan four to five hours: about two for the videos, the rest for exercises. Most people finish the twelve "
        "weeks in three to four months, and nothing expires while you are a member.",
    ),
    Document(
        key="question:14",
        title="Can I watch the videos on my phone without internet?",
        text="Yes. Press the three dots under a video and choose Download; it stays for 30 days. It needs the app, the "
        "browser can't do it.",
    ),
)

ENGLISH_ANSWERED = (
    ("When is my card charged?", "content:1"),
    ("Where do I find my invoices?", "content:1"),
    ("My bank declined the charge, do I lose access?", "content:1"),
    ("how do I change the card you charge", "content:1"),
    ("How can I cancel my membership?", "content:2"),
    ("can I get my money back within the first 14 days?", "content:2"),
    ("Is it possible to pause for a few months?", "content:2"),
    ("Do you refund renewals?", "content:2"),
    ("How do I install Python on Windows?", "content:3"),
    ("the terminal says python command not found", "content:3"),
    ("Which Python version do the lessons use?", "content:3"),
    ("How to activate a virtual environment on Windows?", "content:4"),
    ("I keep getting ModuleNotFoundError", "content:4"),
    ("What does pip install -r requirements.txt do?", "content:4"),
    ("How do I undo my last commit in git but keep the changes?", "content:5"),
    ("How to resolve merge conflicts in Git?", "content:5"),
    ("When do the live sessions take place?", "content:6"),
    ("Where are the recordings of the Thursday sessions?", "content:6"),
    ("does attendance count for the certificate?", "content:6"),
    ("How do I get a certificate?", "content:7"),
    ("Can my employer check the certificate?", "content:7"),
    ("What name is printed on the certificate?", "content:7"),
    ("Until when do I have to hand in homework?", "content:8"),
    ("Can I do the homework with a partner in pairs?", "content:8"),
    ("Are late solutions still marked?", "content:8"),
    ("read_csv shows strange characters in the first column", "content:9"),
    ("How do I join two tables in pandas?", "content:9"),
    ("How to fill missing values in pandas", "content:9"),
    ("My chart labels overlap in matplotlib, what can I do?", "content:10"),
    ("savefig gives me an empty file", "content:10"),
    ("How do I earn points?", "content:11"),
    ("What opens at level 10?", "content:11"),
    ("Where do I post job offers?", "content:12"),
    ("May I share lessons with people outside the community?", "content:12"),
    ("How many hours per week do I need for the data course?", "question:13"),
    ("Can I download videos to watch offline on the phone?", "question:14"),
)

ENGLISH_UNANSWERED = (
    "Which laptop should I buy for the course?",
    "Can I pay my membership by PayPal?",
    "Who is going to win the world cup?",
    "Is there a student discount on the membership?",
    "How do I deploy a Django app to a server?",
    "Can two people share one membership?",
    "What is the difference between a list and a tuple?",
    "Do you offer a course about machine learning?",
    "How do I install Python on a Mac?",
    "Where can I buy a certificate frame?",
    "My microphone does not work in the voice channel",
    "How do I rebase a branch in Git?",
    "Does anybody know a good book about statistics?",
    "Can I change my username?",
    "How do I read an SQL database with pandas?",
    "Why is my loop so slow in Python?",
    "How do I draw a pie chart with plotly?",
    "Is the community going to organise a meetup in Berlin?",
    "Can I transfer points to a friend?",
    "How do I delete my account?",
    "What is the salary of a junior data analyst?",
    "Can I pay yearly instead of monthly?",
    "How do I connect VS Code to a remote server by SSH?",
    "Where can I find the solution to exercise seven?",
    "Do employers take bootcamp graduates seriously?",
    "How do I prepare for a job interview?",
    "What does asyncio.gather return?",
    "Can I get the slides in Spanish?",
    "How do I remove a git submodule?",
    "Why are my tests failing on GitHub Actions?",
    "Is tea better than coffee for studying?",
    "Can I become a moderator?",
    "How do I parse JSON from a web API?",
    "Is there an affiliate programme?",
    "How can I get an invoice with VAT for my company?",
    "What time zone is the mentor in?",
)

CHINESE = (
    Document(
        key="content:21",
        title="付款与账单",
        tags=("付款", "账单"),
        text="每月在你加入的那一天自动扣款。所有账单都在 /invoices 里，抬头是你下单时填写的地址。"
        "银行拒绝扣款时，我们会在七天内重试，期间会员权益不受影响。想更换银行卡，请打开付款页面，下一次扣款起使用新卡。",
    ),
    Document(
        key="content:22",
        title="取消会员与退款",
        tags=("取消", "退款"),
        text="随时可以用 /cancel 取消，已付费的月份内仍可使用。首次付款后十四天内可以全额退款，不问理由，"
        "五个工作日内退回原卡。续费不退款，但可以暂停会员，最长三个月。",
    ),
    Document(
        key="content:23",
        title="在 Windows 上安装 Python",
        tags=("python", "安装"),
        text="从 python.org 下载安装程序，点安装之前勾选“Add Python to PATH”。打开新的终端，输入 python --version。"
        "如果终端提示找不到命令，请注销后重新登录，或者在控制面板里修复安装。所有课时使用 3.11 版本。",
    ),
    Document(
        key="content:24",
        title="虚拟环境与第三方库",
        tags=("python", "pip"),
        text="用 python -m venv .venv 创建虚拟环境，然后激活。再用 pip install -r requirements.txt 安装项目需要的库。"
        "出现 ModuleNotFoundError 多半是虚拟环境没有激活，或者编辑器选择了别的解释器。下载太慢可以换成国内镜像源。",
    ),
    Document(
        key="content:25",
        title="第一次提交 Git",
        tags=("git",),
        text="git init 建立仓库，git add 放入暂存区，git commit 提交。要撤销最近一次提交但保留修改，"
        "用 git reset --soft HEAD~1。两个人改了同一行就会产生合并冲突：打开文件，在标记之间保留一个版本，再提交一次。",
    ),
    Document(
        key="content:26",
        title="直播课安排与回放",
        tags=("直播", "回放"),
        text="每周四晚上八点在语音频道直播。回放和课件周五晚上放进资料库。直播时请按“我在”签到，出勤计入结业证书。"
        "想自己分享一个主题，请提前一周告诉管理员。",
    ),
    Document(
        key="content:27",
        title="结业证书",
        tags=("证书",),
        text="完成一门课程的全部课时并提交结业项目，就能得到 PDF 证书，上面有供雇主查验的链接。项目批改后两天内发放。"
        "证书上的姓名以个人资料为准，提交之前请先改好。",
    ),
    Document(
        key="content:28",
        title="怎样交作业",
        tags=("作业",),
        text="把答案发在作业论坛，每道题一个帖子，周日零点截止。助教在四十八小时内批改。迟交的作业也会批改，但没有积分。"
        "收到反馈以后可以重交一次。欢迎两人合作，请在帖子里写上搭档的名字。",
    ),
    Document(
        key="content:29",
        title="用 pandas 读取和清洗数据",
        tags=("pandas", "数据"),
        text="pd.read_csv 读取文件；Excel 导出的文件第一列乱码时，加上 encoding='utf-8-sig'。缺失值可以用 dropna 删除，"
        "或者用 fillna 填充。按照主键合并两张表用 merge，how='left' 保留第一张表的所有行。分组求和用 groupby。",
    ),
    Document(
        key="content:30",
        title="用 Matplotlib 画图",
        tags=("matplotlib", "图表"),
        text="plt.plot 画折线，plt.bar 画柱状图，plt.scatter 画散点图。标签重叠时用 rotation=45 旋转，"
        "再调用 plt.tight_layout()。保存图片要在 plt.show 之前调用 plt.savefig，否则是空白。"
        "中文显示成方框，需要选择支持中文的字体。",
    ),
    Document(
        key="content:31",
        title="积分、等级与徽章",
        tags=("积分", "等级"),
        text="发言、回答问题和每天打卡都能得到积分，/rank 查看自己的。刷屏没有积分。十级开放休息室，"
        "二十级可以邀请一位嘉宾。三十天里缺两天不会中断连续打卡。积分会带来金币，可以在 /shop 里兑换。",
    ),
    Document(
        key="content:32",
        title="社群规则",
        tags=("规则",),
        text="友善交流，不要跑题，发广告之前先问管理员。招聘信息请发到招聘频道。请勿把课程外传。违规者警告两次，第三次移出社群。"
        "可以在消息菜单里向管理员举报。",
    ),
    Document(
        key="question:33",
        title="数据课每周要花多少小时？",
        text="大约四到五个小时：看视频两小时，其余做练习。多数人三到四个月学完十二周的内容，会员期间不会过期。",
    ),
    Document(
        key="question:34",
        title="没有网络能在手机上看视频吗？",
        text="可以。点视频下方的三个点，选择下载，能保存三十天。需要使用 App，浏览器不行。",
    ),
)

CHINESE_ANSWERED = (
    ("什么时候扣款？", "content:21"),
    ("账单在哪里看？", "content:21"),
    ("银行拒绝扣款了，会员会失效吗", "content:21"),
    ("怎么更换扣款的银行卡？", "content:21"),
    ("怎么取消会员？", "content:22"),
    ("第一次付款十四天内能全额退款吗？", "content:22"),
    ("会员可以暂停几个月吗？", "content:22"),
    ("续费能退款吗", "content:22"),
    ("Windows 上怎么安装 Python？", "content:23"),
    ("终端提示找不到 python 命令", "content:23"),
    ("课时用的是哪个 Python 版本？", "content:23"),
    ("虚拟环境怎么激活？", "content:24"),
    ("一直报 ModuleNotFoundError 怎么办", "content:24"),
    ("pip 下载太慢，怎么换镜像源？", "content:24"),
    ("git 怎么撤销最近一次提交但保留修改？", "content:25"),
    ("合并冲突怎么解决？", "content:25"),
    ("直播课是什么时间？", "content:26"),
    ("周四直播的回放在哪里？", "content:26"),
    ("直播出勤会计入证书吗", "content:26"),
    ("怎么拿到结业证书？", "content:27"),
    ("雇主能查验证书吗？", "content:27"),
    ("证书上的姓名怎么改", "content:27"),
    ("作业什么时候截止？", "content:28"),
    ("作业可以两人合作吗？", "content:28"),
    ("迟交的作业还批改吗？", "content:28"),
    ("read_csv 第一列乱码", "content:29"),
    ("pandas 怎么合并两张表？", "content:29"),
    ("pandas 怎么填充缺失值", "content:29"),
    ("matplotlib 标签重叠怎么处理？", "content:30"),
    ("中文显示成方框怎么办", "content:30"),
    ("怎么得到积分？", "content:31"),
    ("十级能开放什么？", "content:31"),
    ("招聘信息发到哪个频道？", "content:32"),
    ("课程可以外传给朋友吗？", "content:32"),
    ("学数据课每周大概需要多少小时", "question:33"),
    ("手机上没网能看视频吗", "question:34"),
)

CHINESE_UNANSWERED = (
    "上课应该买哪款笔记本电脑？",
    "可以用支付宝付款吗？",
    "世界杯谁会夺冠？",
    "学生有会员折扣吗？",
    "怎么把 Django 部署到服务器？",
    "两个人可以共用一个会员账号吗？",
    "列表和元组有什么区别？",
    "有没有机器学习的课？",
    "Mac 上怎么安装 Python？",
    "哪里能买到证书相框？",
    "语音频道里麦克风没有声音",
    "git 怎么变基一个分支？",
    "有没有好的统计学书推荐？",
    "昵称可以修改吗？",
    "pandas 怎么读取 SQL 数据库？",
    "Python 循环为什么这么慢？",
    "plotly 怎么画饼图？",
    "会在上海组织线下聚会吗？",
    "积分可以转给朋友吗？",
    "怎么注销账号？",
    "初级数据分析师工资多少？",
    "可以按年付费吗？",
    "VS Code 怎么用 SSH 连接远程服务器？",
    "第七题的参考答案在哪里？",
    "雇主认可训练营毕业生吗？",
    "怎么准备求职面试？",
    "asyncio.gather 返回什么？",
    "课件有英文版吗？",
    "git 子模块怎么删除？",
    "GitHub Actions 上测试为什么失败？",
    "喝茶还是喝咖啡更适合学习？",
    "怎么成为管理员？",
    "怎么解析接口返回的 JSON？",
    "有没有推广返佣？",
    "能给公司开增值税发票吗？",
    "助教在哪个时区？",
)
