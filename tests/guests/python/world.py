# What a Python program sees of the world: hash seeds, addresses, chance, time, directory order, threads, processes.
import os, queue, random, socket, subprocess, sys, tempfile, threading, time, uuid

print("hash", hash("detbuild"), "id", id(object()) , "set", {str(i) for i in range(12)})
print("random", random.random(), os.urandom(8).hex(), uuid.uuid4(), uuid.uuid1())
print("time", time.time(), time.monotonic(), time.perf_counter_ns(), time.process_time(), time.strftime("%F %T %Z"))
print("pid", os.getpid(), "host", socket.gethostname(), "cpus", os.cpu_count(), sorted(os.sched_getaffinity(0)))

os.mkdir("listing")
for i in range(60):
    open("listing/%x" % (i * 7919 % 4099), "w").close()
print("listdir", os.listdir("listing"))
print("scandir", [(e.name, e.inode()) for e in list(os.scandir("listing"))[:5]])
print("stat", os.stat("listing"))

order = []
lock = threading.Lock()
jobs = queue.Queue()

def work(name):
    while True:
        try:
            job = jobs.get_nowait()
        except queue.Empty:
            return
        sum(range(job * 500))
        with lock:
            order.append((name, job))

for job in range(60):
    jobs.put(job)
threads = [threading.Thread(target=work, args=(n,)) for n in "abcd"]
for t in threads:
    t.start()
for t in threads:
    t.join()
print("threads", order)

children = [subprocess.Popen([sys.executable, "-c", "import os; print(os.getpid())"], stdout=subprocess.PIPE) for _ in range(3)]
print("children", [c.communicate()[0].decode().strip() for c in children])
start = time.monotonic()
polls = 0
while time.monotonic() - start < 0.05:
    polls += 1
print("polls", polls, "temporary", tempfile.mktemp())
