#!/bin/sh
# Boots systemd as the first process of namespaces that tests/full/test_systemd.py has made.
# Its file system is the computer's, but whatever it writes goes to $MEMORY, a folder, and ends with it.
# /opt/setpoint holds $PYTHON, $PACKAGES and $SOURCE, and the command `setpoint`; /log is the log of the service.
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$MEMORY"
cd "$MEMORY"
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
cd root
rm -rf etc/systemd/system/*.wants usr/lib/systemd/system/*.wants var/lib/setpoint var/lib/private
mount -t proc proc proc
mount --bind -o ro proc/sys proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
for device in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
  set -- $device
  mknod -m 666 "dev/$1" c 1 "$2"
done
mkdir -p opt/setpoint/bin opt/setpoint/python opt/setpoint/packages opt/setpoint/source
mount --bind "$PYTHON" opt/setpoint/python
mount --bind "$PACKAGES" opt/setpoint/packages
mount --bind "$SOURCE" opt/setpoint/source
cat > opt/setpoint/bin/setpoint <<'END'
#!/bin/sh
export PYTHONPATH=/opt/setpoint/source:/opt/setpoint/packages LD_LIBRARY_PATH=/opt/setpoint/python/lib
export PYTHONDONTWRITEBYTECODE=1
exec /opt/setpoint/python/bin/python3 -m setpoint "$@"
END
chmod 755 opt/setpoint/bin/setpoint
mkdir -p etc/systemd/system/setpoint.service.d
cp "$UNIT" etc/systemd/system/
cat > etc/systemd/system/setpoint.service.d/log.conf <<'END'
[Service]
StandardError=append:/log
StandardOutput=append:/log
END
ip link set lo up
pivot_root . mnt
exec chroot . /bin/sh -c '
  umount -l /mnt
  exec env -i container=other PATH=/usr/bin:/bin:/usr/sbin:/sbin "$0" --unit=basic.target
' "$SYSTEMD"
